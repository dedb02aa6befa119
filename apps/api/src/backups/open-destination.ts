import { z } from "@stave/api-contract";
import type { BackupDestinationRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import { createS3Client } from "../services/s3-client.ts";
import { type BackupStore, StoreError } from "./backup-store.ts";
import { openLocalStore } from "./local-store.ts";
import { createS3Store } from "./s3-store.ts";

const s3Settings = z.strictObject({
  endpoint: z.string(),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string().optional(),
  accessKeyId: z.string(),
  forcePathStyle: z.boolean(),
});
const localSettings = z.strictObject({ directory: z.string() });

export type S3Settings = z.output<typeof s3Settings>;
export type LocalSettings = z.output<typeof localSettings>;

export function s3SettingsOf({ settings }: Pick<BackupDestinationRecord, "settings">): S3Settings {
  return s3Settings.parse(settings);
}

export function localSettingsOf({ settings }: Pick<BackupDestinationRecord, "settings">): LocalSettings {
  return localSettings.parse(settings);
}

/** Throws a {@link Problem} when it cannot be used as things are. Close it. */
export async function openDestination(context: ApiContext, destination: BackupDestinationRecord): Promise<BackupStore> {
  if (destination.kind === "local") return await openLocal(context, localSettingsOf(destination));
  const { secretEnvelope, id } = destination;
  if (secretEnvelope === undefined) throw new Problem("CONFLICT", { detail: "The destination has no secret key." });
  const { backupDestinations } = context.database.as("system");
  const secretAccessKey = await context.vault.open(secretEnvelope, backupDestinations.contextOf(id));
  return openS3(context, s3SettingsOf(destination), secretAccessKey);
}

export function openS3(
  context: Pick<ApiContext, "addresses">,
  settings: S3Settings,
  secretAccessKey: string,
): BackupStore {
  return createS3Store(s3ClientOf(context, settings, secretAccessKey), {
    bucket: settings.bucket,
    prefix: settings.prefix === undefined ? "" : `${settings.prefix}/`,
  });
}

export function s3ClientOf(
  { addresses }: Pick<ApiContext, "addresses">,
  { endpoint, region, accessKeyId, forcePathStyle }: S3Settings,
  secretAccessKey: string,
) {
  const credentials = { accessKeyId, secretAccessKey };
  return createS3Client({ endpoint, region, credentials, addresses, forcePathStyle });
}

export async function openLocal(
  { config }: Pick<ApiContext, "config">,
  { directory }: LocalSettings,
): Promise<BackupStore> {
  if (config.backupsDirectory === undefined) {
    throw new Problem("UNPROCESSABLE", { detail: "The api was started without --backups-dir." });
  }
  try {
    return await openLocalStore(config.backupsDirectory, directory);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new Problem("UNPROCESSABLE", { detail: error.message, cause: error });
  }
}

/** By id. Throws a {@link Problem}. */
export async function openDestinationOf(context: ApiContext, id: string): Promise<BackupStore> {
  const destination = await context.database.as("system").backupDestinations.find(id);
  if (destination === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such destination." });
  return await openDestination(context, destination);
}
