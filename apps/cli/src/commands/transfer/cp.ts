import type { RunOf } from "../../command/define-command.ts";
import { transferItem } from "../../transfer/transfer-item.ts";
import { copyPaths } from "./copy-paths.ts";
import type { cp } from "./index.ts";

export const run: RunOf<typeof cp> = (invocation) =>
  copyPaths(invocation, async (item, options, context) => {
    await transferItem(item, options, context);
    return "copied";
  });
