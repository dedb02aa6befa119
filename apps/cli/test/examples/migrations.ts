import type { Fixture } from "./fixture.ts";
import { asBeingCarried, asCarried, asOnceCarried, asSource } from "./migration-state.ts";

export const migrationFixtures: readonly Fixture[] = [
  { of: /^(migrations|migrate) start/, prepare: asSource },
  { of: /^migrations (list|show|status|watch|report) my-storage/, prepare: asOnceCarried },
  { of: /^migrations (cancel|abort)/, prepare: asBeingCarried },
  { of: /^migrations rollback/, prepare: asCarried },
];
