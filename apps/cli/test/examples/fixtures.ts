import { contextFixtures } from "./contexts.ts";
import type { Fixture } from "./fixture.ts";
import { serveFixtures } from "./serve.ts";
import { serviceFixtures } from "./services.ts";

/** One line for each family of commands. */
export const fixtures: readonly Fixture[] = [...contextFixtures, ...serveFixtures, ...serviceFixtures];
