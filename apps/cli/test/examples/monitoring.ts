import type { TestApi } from "../../../api/test/support/start-api.ts";
import { act } from "./act.ts";
import type { Fixture, World } from "./fixture.ts";
import { idOfStorage, makeRunning } from "./service-state.ts";

const addRule =
  (of: (api: TestApi) => Promise<number>) =>
  async ({ api }: World) => {
    const json = { name: "away", metric: "up", comparison: "lt", threshold: 1, for_seconds: 0, severity: "warning" };
    const path = `/api/external-services/${await of(api)}/alert-rules`;
    return { RULE: (await act(api, path, { json: { ...json, enabled: true } })).id };
  };

export const monitoringFixtures: readonly Fixture[] = [
  { of: /^services (health|metrics|alerts)/, prepare: makeRunning },
  { of: /^services alerts remove my-storage/, prepare: addRule(idOfStorage) },
  { of: /^services alerts rm --id 1/, prepare: addRule(async () => 1) },
];
