import { bucketFixtures } from "./buckets.ts";
import { contextFixtures } from "./contexts.ts";
import type { Fixture } from "./fixture.ts";
import { keyFixtures } from "./keys.ts";
import { objectFixtures } from "./objects.ts";
import { serveFixtures } from "./serve.ts";
import { serviceFixtures } from "./services.ts";

/** Every family whose entries nobody has written yet: its examples are listed as left out. Whoever writes them adds its first word here. */
const unwritten: Fixture = {
  of: /^(?!(login|logout|whoami|context (list|use|remove|rm)|config|serve|gateway|api|init|completion|jobs|services (list|show|create)|buckets|keys|credentials|ls|stat|du|tree|find|rm|undelete|share|retention|legal-hold|mb|rb|cp|mv|cat|pipe|diff|mirror|transfers|context add|doctor|why|bench)\b)/,
  isLeftOut: "what it needs is not written down in test/examples yet",
};

/** One line for each family of commands. */
export const fixtures: readonly Fixture[] = [
  ...bucketFixtures,
  ...contextFixtures,
  ...keyFixtures,
  ...objectFixtures,
  ...serveFixtures,
  ...serviceFixtures,
  unwritten,
];
