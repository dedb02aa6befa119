import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import type { bucketsShow } from "./index.ts";
import { counted, serviceQuery } from "./options.ts";
import { type BucketOf, readSetting, type SettingPath, settingPaths } from "./settings/bucket-setting.ts";
import { describeSetting, settingTitles } from "./settings/describe-setting.ts";

export const run: RunOf<typeof bucketsShow> = async ({ api, arguments: { bucket }, options: { service }, output }) => {
  const client = await api();
  const params = { bucket };
  // First: when there is no such bucket, this says so once.
  const { body } = await client.call("get /api/storage/buckets/{bucket}", { params, query: serviceQuery(service) });
  const found = await Promise.all(settingPaths.map((path) => readOrUnsupported(client, path, { bucket, service })));
  const settings = Object.fromEntries(
    found.flatMap(({ path, value, isSupported }) => (isSupported ? [[path, value]] : [])),
  );
  const unsupported = found.filter(({ isSupported }) => !isSupported).map(({ path }) => path);
  const { name, region, visibility } = body.data;
  output.result({ ...body.data, settings, unsupported }, () =>
    formatProperties({
      Name: name,
      Region: region,
      Visibility: visibility,
      ...Object.fromEntries(
        found.map(({ path, value, isSupported }) => [
          settingTitles[path],
          isSupported ? describeSetting(path, value) : "cannot be shown: this engine or this API has no words for it",
        ]),
      ),
      ...usageOf(settings.quota),
    }),
  );
};

/** Engines differ in what they can do: what one cannot hides nothing of the others. */
async function readOrUnsupported(client: ApiClient, path: SettingPath, of: BucketOf) {
  try {
    const { value } = await readSetting(client, path, of);
    return { path, value, isSupported: true };
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "NotSupported") throw error;
    return { path, value: null, isSupported: false };
  }
}

function usageOf(quota: unknown): Readonly<Record<string, string>> {
  if (typeof quota !== "object" || quota === null || !("usage" in quota)) return {};
  const { objects = 0, versions = 0, sizeBytes = 0 } = quota.usage as Readonly<Record<string, number>>;
  return { Holds: `${counted(objects, "object")} in ${counted(versions, "version")}, ${formatBytes(sizeBytes)}` };
}
