import type { Fixture } from "./fixture.ts";
import { asStorage } from "./service-state.ts";

/** Most of them are tried in one, with Docker: `services-walkthrough.test.ts`. */
const none = [7, "my-storage is of the built-in engine, which runs in no container"] as const;

export const containerFixtures: readonly Fixture[] = [
  {
    of: /^services (upgrade|rollback|snapshot|versions|recreate|runtime|stats|logs|limits|oom)/,
    prepare: asStorage,
    code: none,
  },
];
