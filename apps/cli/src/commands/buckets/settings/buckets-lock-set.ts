import { CliError } from "../../../command/cli-error.ts";
import type { RunOf } from "../../../command/define-command.ts";
import type { lockSet } from "./define-set.ts";
import { readValue, setSetting } from "./set-setting.ts";

export const run: RunOf<typeof lockSet> = async (invocation) => {
  const { arguments: given, prompts } = invocation;
  const value = await readValue(invocation, { path: "object-lock", said: lockOf(invocation.options) });
  if (isCompliance(value)) {
    await prompts.confirm(`Nobody, you included, can delete what is stored in ${given.bucket} before its time. Go on?`);
  }
  await setSetting({ ...invocation, arguments: { ...given, file: undefined } }, { path: "object-lock", said: value });
};

type Options = Parameters<typeof run>[0]["options"];

function lockOf({ mode, days, years, none }: Options): object | undefined {
  const said = [days, years].filter((count) => count !== undefined).length + (none ? 1 : 0);
  if (said === 0) return undefined;
  if (said > 1) throw new CliError("Usage", "Expected one of --days, --years and --none.");
  if (none) return { defaultRetention: null };
  const length = days === undefined ? { years } : { days };
  return { defaultRetention: { mode: mode.toUpperCase(), ...length } };
}

function isCompliance(value: unknown): boolean {
  return /"COMPLIANCE"/.test(JSON.stringify(value));
}
