import { bucketFixtures } from "./buckets.ts";
import { containerFixtures } from "./containers.ts";
import { contextFixtures } from "./contexts.ts";
import type { Fixture } from "./fixture.ts";
import { keyFixtures } from "./keys.ts";
import { linkFixtures } from "./links.ts";
import { monitoringFixtures } from "./monitoring.ts";
import { objectFixtures } from "./objects.ts";
import { projectFixtures } from "./projects.ts";
import { serveFixtures } from "./serve.ts";
import { serviceFixtures } from "./services.ts";

/** Every family whose entries nobody has written yet: its examples are listed as left out. Whoever writes them adds its first word here. */
const unwritten: Fixture = {
  of: /^(backups|migrations|users|tokens|audit|usage|notices|settings)\b/,
  isLeftOut: "what it needs is not written down in test/examples yet",
};

/** One line for each family of commands. */
export const fixtures: readonly Fixture[] = [
  ...bucketFixtures,
  ...containerFixtures,
  ...contextFixtures,
  ...keyFixtures,
  ...linkFixtures,
  ...monitoringFixtures,
  ...objectFixtures,
  ...projectFixtures,
  ...serveFixtures,
  ...serviceFixtures,
  unwritten,
];
