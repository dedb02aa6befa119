import { act } from "./act.ts";
import type { Fixture, World } from "./fixture.ts";
import { link, makeStaging, unlink } from "./link-state.ts";

const without =
  (path: string) =>
  async ({ api }: World): Promise<undefined> => {
    await act(api, `/api/projects/${path}`, { method: "DELETE", mayRefuse: [404] });
  };

export const projectFixtures: readonly Fixture[] = [
  { of: /^projects create .*my-shop/, prepare: without("my-shop") },
  { of: /^projects (show|links|env|redeploy)/, prepare: link },
  { of: /^projects remove my-app --yes/, prepare: unlink },
  { of: /^projects environments add my-app preview/, prepare: without("my-app/environments/preview") },
  { of: /^projects environments (remove|rm) my-app staging/, prepare: makeStaging },
];
