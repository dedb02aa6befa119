import type { RunOf } from "../../../command/define-command.ts";
import type { publicAccessBlockSet } from "./define-set.ts";
import { setSetting } from "./set-setting.ts";

export const run: RunOf<typeof publicAccessBlockSet> = async (invocation) => {
  const { all, blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets } = invocation.options;
  const block = {
    blockPublicAcls: all || blockPublicAcls,
    ignorePublicAcls: all || ignorePublicAcls,
    blockPublicPolicy: all || blockPublicPolicy,
    restrictPublicBuckets: all || restrictPublicBuckets,
  };
  const said = Object.values(block).includes(true) ? block : undefined;
  await setSetting(invocation, { path: "public-access-block", said });
};
