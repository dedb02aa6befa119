import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { findKey } from "./find-key.ts";
import type { keysShow } from "./index.ts";
import { describeScope } from "./key-scope.ts";

export const run: RunOf<typeof keysShow> = async ({ api, arguments: given, options, output }) => {
  const key = await findKey(await api(), { key: given.key, service: options.service });
  output.result(key, () =>
    formatProperties({
      "Access key": key.accessKeyId,
      ID: key.id,
      Description: key.description,
      May: describeScope(key.scope),
      Project: key.project,
      Created: key.createdAt,
      "Last used": key.lastUsedAt ?? "never",
      Expires: key.expiresAt ?? "never",
      "Replaced by": key.replacedBy,
    }),
  );
};
