import type { RunOf } from "../../../command/define-command.ts";
import { formatJson } from "../../../output/format-json.ts";
import { type RemovableSetting, readSetting, removeSetting } from "./bucket-setting.ts";
import { settingTitles } from "./describe-setting.ts";
import type { RemoveDefinition } from "./index.ts";

/** Answers what it was: the command that sets it takes that again. */
export function removeSettingOf(path: RemovableSetting): RunOf<RemoveDefinition> {
  return async ({ api, arguments: { bucket }, options: { service, dryRun }, output }) => {
    const client = await api();
    const { value, etag } = await readSetting(client, path, { bucket, service });
    if (value === null) output.note(`${settingTitles[path]} of ${bucket}: there is nothing to take away.`);
    else if (dryRun) output.note(`${settingTitles[path]} of ${bucket}: this would be taken away:`);
    else {
      await removeSetting(client, path, { bucket, service, etag });
      output.note(`${settingTitles[path]} of ${bucket}: taken away. It was:`);
    }
    output.result(value, () => (value === null ? "" : formatJson(value)));
  };
}
