import type { RunOf } from "../../../command/define-command.ts";
import { momentOf } from "../options.ts";
import type { lifecyclePlan } from "./define-set.ts";
import { planLifecycle, showPlan } from "./lifecycle-plan.ts";
import { readConfiguration } from "./read-configuration.ts";

export const run: RunOf<typeof lifecyclePlan> = async (invocation) => {
  const { api, arguments: given, options, stdin, signal, now } = invocation;
  const { bucket, file } = given;
  const rules = file === undefined ? undefined : await readConfiguration("lifecycle", file, { stdin, signal });
  const at = options.at && momentOf(options.at, now());
  showPlan(invocation, await planLifecycle(await api(), { bucket, service: options.service, rules, at }));
};
