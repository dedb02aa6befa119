import type { RunOf } from "../../../command/define-command.ts";
import type { encryptionSet } from "./define-set.ts";
import { setSetting } from "./set-setting.ts";

export const run: RunOf<typeof encryptionSet> = async (invocation) => {
  const { algorithm: sseAlgorithm } = invocation.options;
  const said = sseAlgorithm && { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm } }] };
  await setSetting(invocation, { path: "encryption", said });
};
