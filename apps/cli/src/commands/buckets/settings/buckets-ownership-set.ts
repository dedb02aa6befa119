import type { RunOf } from "../../../command/define-command.ts";
import type { ownershipSet } from "./define-set.ts";
import { setSetting } from "./set-setting.ts";

export const run: RunOf<typeof ownershipSet> = async (invocation) => {
  const { rule: objectOwnership } = invocation.options;
  await setSetting(invocation, { path: "ownership", said: objectOwnership && { objectOwnership } });
};
