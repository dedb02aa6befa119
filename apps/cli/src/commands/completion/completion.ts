import type { RunOf } from "../../command/define-command.ts";
import { completionScript } from "./completion-scripts.ts";
import type { completion } from "./index.ts";

export const run: RunOf<typeof completion> = async ({ arguments: { shell }, output }) => {
  const script = completionScript(shell);
  output.result({ shell, script }, () => script);
};
