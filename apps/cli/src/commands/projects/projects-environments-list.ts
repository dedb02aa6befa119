import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { projectIdOf } from "../links/find-link.ts";
import type { projectsEnvironmentsList } from "./index.ts";

export const run: RunOf<typeof projectsEnvironmentsList> = async ({ api, arguments: given, output }) => {
  const { call } = await api();
  const { body } = await call("get /api/projects/{id}", { params: { id: projectIdOf(given.project) } });
  const { environments } = body.data;
  output.list(environments, {
    empty: "It has no environments.",
    render: () => environments.map((name) => `${printable(name)}\n`).join(""),
  });
};
