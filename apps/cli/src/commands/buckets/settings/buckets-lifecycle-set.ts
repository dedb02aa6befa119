import type { RunOf } from "../../../command/define-command.ts";
import { readSetting } from "./bucket-setting.ts";
import type { lifecycleSet } from "./define-set.ts";
import { planLifecycle, showPlan } from "./lifecycle-plan.ts";
import { lifecycleRules } from "./lifecycle-rule.ts";
import { addRules, readValue, setSetting } from "./set-setting.ts";

export const run: RunOf<typeof lifecycleSet> = async (invocation) => {
  const { api, arguments: given, options } = invocation;
  const said = lifecycleRules(options);
  const merge = options.add ? addRules : undefined;
  if (!options.dryRun) return await setSetting(invocation, { path: "lifecycle", said, merge });
  const wanted = await readValue(invocation, { path: "lifecycle", said });
  const client = await api();
  const of = { bucket: given.bucket, service: options.service };
  const rules = merge === undefined ? wanted : merge((await readSetting(client, "lifecycle", of)).value, wanted);
  showPlan(invocation, await planLifecycle(client, { ...of, rules, at: undefined }));
};
