import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { bucketsCreate } from "./index.ts";
import { serviceQuery } from "./options.ts";
import { type SettingPath, writeSetting } from "./settings/bucket-setting.ts";

export const run: RunOf<typeof bucketsCreate> = async ({ api, arguments: { bucket }, options, output }) => {
  const client = await api();
  const query = serviceQuery(options.service);
  try {
    await client.call("post /api/storage/buckets", {
      query,
      body: { name: bucket, visibility: options.public ? "public-read" : "private", objectLock: options.lock },
    });
  } catch (error) {
    if (!options.ifNotExists || !(error instanceof CliError) || error.code !== "Conflict") throw error;
    // One of somebody else will not do.
    const { body } = await client
      .call("get /api/storage/buckets/{bucket}", { params: { bucket }, query })
      .catch(() => Promise.reject(error));
    output.note(`The bucket ${bucket} is there already, and stays as it is:`);
    output.result(body.data, () => `${bucket}\n`);
    return;
  }
  for (const [path, value] of settingsOf(options)) {
    await setUp(client, { path, value, bucket, service: options.service });
  }
  const { body } = await client.call("get /api/storage/buckets/{bucket}", { params: { bucket }, query });
  output.note("Created the bucket:");
  output.result(body.data, () => `${bucket}\n`);
};

type Options = Parameters<typeof run>[0]["options"];

function settingsOf({ versioning, maxSize, maxVersions, tag }: Options): readonly (readonly [SettingPath, unknown])[] {
  const quota = { maxSizeBytes: maxSize ?? null, maxVersions: maxVersions ?? null };
  return [
    ...(versioning ? [["versioning", { status: "Enabled" }] as const] : []),
    ...(maxSize !== undefined || maxVersions !== undefined ? [["quota", quota] as const] : []),
    ...(tag.length > 0 ? [["tags", { tags: Object.fromEntries(tag) }] as const] : []),
  ];
}

type SetUp = {
  readonly path: SettingPath;
  readonly value: unknown;
  readonly bucket: string;
  readonly service: string | undefined;
};

/** The bucket is there by now: who makes it again would be refused. */
async function setUp(client: ApiClient, { path, value, bucket, service }: SetUp): Promise<void> {
  try {
    await writeSetting(client, path, { bucket, service, value });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(error.code, `The bucket ${bucket} was made, but its ${path} was not set. ${error.message}`, {
      why: error.why,
      next: [`stave buckets ${path} --help`, `stave buckets show ${bucket}`],
      requestId: error.requestId,
      serverCode: error.serverCode,
      cause: error,
    });
  }
}
