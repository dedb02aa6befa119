import type { RunOf } from "../../command/define-command.ts";
import type { bucketsVisibilitySet } from "./index.ts";
import { serviceQuery } from "./options.ts";

export const run: RunOf<typeof bucketsVisibilitySet> = async ({ api, arguments: given, options, output }) => {
  const { bucket, visibility: wanted } = given;
  const { call } = await api();
  const visibility = wanted === "private" ? "private" : "public-read";
  const { body } = await call("patch /api/storage/buckets/{bucket}", {
    params: { bucket },
    query: serviceQuery(options.service),
    body: { visibility },
  });
  output.note(
    visibility === "private"
      ? `Only who has a key reads the objects of ${bucket} now.`
      : `Everybody can read the objects of ${bucket} now, without a key. Nobody without one can list them.`,
  );
  output.result(body.data, () => "");
};
