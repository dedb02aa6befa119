import type { Fixture } from "./fixture.ts";
import { addSink, link, linkStaging, rotate, unlink } from "./link-state.ts";
import { idOfStorage } from "./service-state.ts";

const ofFirst = async () => 1;

export const linkFixtures: readonly Fixture[] = [
  { of: /^services link /, prepare: unlink },
  { of: /^services unlink .*staging/, prepare: linkStaging },
  { of: /^services unlink --id/, prepare: link },
  { of: /^services env/, prepare: link },
  { of: /^links (list|show|update|rotate|deployed|credentials)/, prepare: link },
  { of: /^links retire my-storage/, prepare: rotate(idOfStorage) },
  { of: /^links retire --id 1/, prepare: rotate(ofFirst) },
  { of: /^sinks (list|create|render|test)/, prepare: link },
  // Nobody outside is to hear of what is tried here.
  { of: /^sinks create .*https:/, prepare: async ({ webhookUrl }) => ({ "https://example.com": webhookUrl }) },
  { of: /^sinks remove my-storage/, prepare: addSink(idOfStorage) },
  { of: /^sinks rm --id 1/, prepare: addSink(ofFirst) },
];
