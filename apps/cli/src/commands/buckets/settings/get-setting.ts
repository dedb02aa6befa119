import type { RunOf } from "../../../command/define-command.ts";
import { formatJson } from "../../../output/format-json.ts";
import { formatProperties } from "../../../output/format-table.ts";
import { formatBytes } from "../../../output/format-values.ts";
import { readSetting, type SettingPath } from "./bucket-setting.ts";
import { settingTitles } from "./describe-setting.ts";
import type { GetDefinition } from "./index.ts";

/** Shows a setting as the command that sets it takes it; what is a word or a number, as such. */
export function getSetting(path: SettingPath, word: string): RunOf<GetDefinition> {
  return async ({ api, arguments: { bucket }, options: { service }, output }) => {
    const { value } = await readSetting(await api(), path, { bucket, service });
    if (value === null && path !== "versioning") {
      output.note(`${settingTitles[path]} of ${bucket}: not set. stave buckets ${word} set --help says how.`);
    }
    output.result(value, () => render(path, value));
  };
}

function render(path: SettingPath, value: unknown): string {
  if (path === "versioning") return `${statusOf(value)}\n`;
  if (value === null) return "";
  return path === "quota" ? renderQuota(value as Quota) : formatJson(value);
}

function statusOf(value: unknown): string {
  if (typeof value !== "object" || value === null || !("status" in value)) return "off";
  return String(value.status).toLowerCase();
}

type Quota = {
  readonly maxSizeBytes: number | null;
  readonly maxVersions: number | null;
  readonly usage: { readonly objects: number; readonly versions: number; readonly sizeBytes: number };
};

function renderQuota({ maxSizeBytes, maxVersions, usage }: Quota): string {
  return formatProperties({
    "Most bytes": maxSizeBytes === null ? "no limit" : `${formatBytes(maxSizeBytes)} (${maxSizeBytes})`,
    "Most versions": maxVersions ?? "no limit",
    "Holds bytes": `${formatBytes(usage.sizeBytes)} (${usage.sizeBytes})`,
    "Holds versions": usage.versions,
    "Holds objects": usage.objects,
  });
}
