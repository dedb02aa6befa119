import type { RunOf } from "../../../command/define-command.ts";
import type { policySet } from "./define-set.ts";
import { setSetting } from "./set-setting.ts";

export const run: RunOf<typeof policySet> = (invocation) => setSetting(invocation, { path: "policy" });
