import { contextFixtures } from "./contexts.ts";
import type { Fixture } from "./fixture.ts";
import { serveFixtures } from "./serve.ts";
import { serviceFixtures } from "./services.ts";

/** Families whose entries nobody has written yet: their examples are listed as left out. */
const unwritten: readonly Fixture[] = [
  /^services (update|start|stop|restart|rotate|remove|types|importable|import|link|unlink|env) ?/,
  /^services (upgrade|rollback|versions|recreate|runtime|stats|logs|limits|oom|health|metrics|alerts) ?/,
  /^(links|sinks|projects|buckets|keys|credentials|status|events) ?/,
].map((of) => ({ of, isLeftOut: "what it needs is not written down in test/examples yet" }));

/** One line for each family of commands. */
export const fixtures: readonly Fixture[] = [...contextFixtures, ...serveFixtures, ...serviceFixtures, ...unwritten];
