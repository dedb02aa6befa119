import { isDeepStrictEqual } from "node:util";
import { CliError } from "../../../command/cli-error.ts";
import type { Invocation } from "../../../command/invocation.ts";
import { printable } from "../../../output/printable.ts";
import { readSetting, type SettingPath, writeSetting } from "./bucket-setting.ts";
import { describeSetting, settingTitles } from "./describe-setting.ts";
import { readConfiguration } from "./read-configuration.ts";

type Arguments = { readonly bucket: string; readonly file: string | undefined };
type Options = { readonly service: string | undefined };
type Setting = Pick<Invocation<Arguments, Options>, "api" | "arguments" | "options" | "output" | "stdin" | "signal">;

export type SettingInput = {
  readonly path: SettingPath;
  /** What the options say; undefined when none was given. */
  readonly said?: unknown;
  /** What it becomes together with what there is. Undefined: it replaces that. */
  readonly merge?: ((before: unknown, added: unknown) => unknown) | undefined;
};

/** Sets what a file or the options say. With `merge` nothing that somebody else sets meanwhile is lost. */
export async function setSetting(invocation: Setting, { path, said, merge }: SettingInput): Promise<void> {
  const { api, arguments: given, options, output } = invocation;
  const value = await readValue(invocation, { path, said });
  const of = { bucket: given.bucket, service: options.service };
  const client = await api();
  const before = merge === undefined ? undefined : await readSetting(client, path, of);
  const after = await writeSetting(client, path, {
    ...of,
    value: before === undefined ? value : merge?.(before.value, value),
    etag: before?.etag,
  });
  output.note(`${settingTitles[path]} of ${given.bucket}: ${printable(describeSetting(path, after))}.`);
  output.result(after, () => "");
}

/** The file, or what the options say. */
export async function readValue(
  { arguments: { bucket, file }, stdin, signal }: Pick<Setting, "arguments" | "stdin" | "signal">,
  { path, said }: Pick<SettingInput, "path" | "said">,
): Promise<unknown> {
  if (file !== undefined && said !== undefined) {
    throw new CliError("Usage", "Expected a file or options that say what to set, not both.");
  }
  if (file !== undefined) return await readConfiguration(path, file, { stdin, signal });
  if (said !== undefined) return said;
  const word = path === "object-lock" ? "lock" : path;
  throw new CliError("Usage", `What to set for ${settingTitles[path]} is missing: a file, - for stdin, or options.`, {
    next: [`stave buckets ${word} set ${bucket} FILE`, `stave buckets ${word} set --help`],
  });
}

type Identified = { readonly id?: string | undefined };

/** For `merge`: the rules of both. */
export function addRules(before: unknown, added: unknown): unknown {
  return { ...(before ?? {}), ...(added as object), rules: mergeLists("rules", { before, added }) };
}

/** One takes the place of another with the same id, or of the same one: to add it again changes nothing. The others stay. */
export function mergeLists(
  name: string,
  { before, added }: { readonly before: unknown; readonly added: unknown },
): readonly Identified[] {
  const more = listOf(added, name);
  const isReplaced = (rule: Identified) =>
    more.some((one) =>
      one.id === undefined
        ? isDeepStrictEqual({ ...rule, id: undefined }, { ...one, id: undefined })
        : rule.id === one.id,
    );
  return [...listOf(before, name).filter((rule) => !isReplaced(rule)), ...more];
}

function listOf(value: unknown, name: string): readonly Identified[] {
  const list = typeof value === "object" && value !== null && name in value ? value[name as never] : undefined;
  return Array.isArray(list) ? list : [];
}
