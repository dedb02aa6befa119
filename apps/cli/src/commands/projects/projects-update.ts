import type { RunOf } from "../../command/define-command.ts";
import { projectIdOf } from "../links/find-link.ts";
import type { projectsUpdate } from "./index.ts";

export const run: RunOf<typeof projectsUpdate> = async ({ api, arguments: given, output }) => {
  const { call } = await api();
  const params = { id: projectIdOf(given.project) };
  const { body } = await call("patch /api/projects/{id}", { params, body: { name: given.name } });
  output.note("Renamed. Its slug stays.");
  output.result(body.data, () => "");
};
