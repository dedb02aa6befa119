import type { S3Client } from "@aws-sdk/client-s3";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { bucketSettings } from "../storage/bucket-settings.ts";
import { withoutFence } from "./fence-source.ts";
import { type MigrationWork, type NotCarried, notCarried, type PlannedBucket } from "./migration-work.ts";

type SettingName = keyof typeof bucketSettings;
type AnySetting = {
  readonly absent?: string;
  readonly read: (client: S3Client, bucket: string) => Promise<unknown>;
  readonly write: (client: S3Client, bucket: string, value: never) => Promise<unknown>;
};

/** In an order in which none forbids another one. What deletes and what locks comes last. */
const carried: readonly SettingName[] = [
  "ownership",
  "policy",
  "public-access-block",
  "cors",
  "tags",
  "encryption",
  "website",
  "versioning",
  "lifecycle",
  "object-lock",
];

/** They name places and services beyond the bucket. */
const left: Partial<Record<SettingName, string>> = {
  notifications: "It names destinations of the source's engine: set it again in the target.",
  replication: "It names buckets and roles of the source's engine: set it again in the target.",
  logging: "It names another bucket: set it again in the target.",
};

/** What there is to carry, or cannot be. */
export async function findSettings(client: S3Client, bucket: string) {
  const found: SettingName[] = [];
  const lost: NotCarried[] = [];
  for (const name of [...carried, ...(Object.keys(left) as SettingName[])]) {
    const value = await readSetting(client, bucket, name).catch((error: unknown) => {
      if (statusOf(error) !== 403) throw error;
      lost.push(notCarried(name, "The keys of the source may not read it.", { bucket }));
      return undefined;
    });
    if (value === undefined) continue;
    const reason = left[name] ?? (name === "policy" ? whyNoPolicy(value) : undefined);
    if (reason === undefined) found.push(name);
    else lost.push(notCarried(name, reason, { bucket }));
  }
  return { found, lost };
}

/** Writes them to the target. Answers with those that it does not take. */
export async function carrySettings({ source, target }: MigrationWork, bucket: PlannedBucket): Promise<NotCarried[]> {
  const lost: NotCarried[] = [];
  for (const name of carried.filter((setting) => bucket.settings.includes(setting))) {
    const value = await readSetting(source.client, bucket.name, name);
    if (value === undefined) continue;
    const moved = name === "policy" ? renameResources(value, bucket) : value;
    const { write }: AnySetting = bucketSettings[name];
    try {
      await write(target.client, bucket.target_name, moved as never);
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined || (status >= 500 && status !== 501)) throw error;
      lost.push(
        notCarried(name, `The target does not take it. ${describeS3Error(error).reason}`, { bucket: bucket.name }),
      );
    }
  }
  return lost;
}

/** Undefined when it was never configured, or the engine does not know it. */
export async function readSetting(client: S3Client, bucket: string, name: SettingName): Promise<unknown> {
  const { read, absent }: AnySetting = bucketSettings[name];
  try {
    const found = await read(client, bucket);
    const value = saysNothing(found) ? undefined : found;
    return name === "policy" ? withoutFence(value) : value;
  } catch (error) {
    const code = error instanceof Error ? error.name : "";
    const status = statusOf(error);
    if (code === absent || code === "NotImplemented" || status === 405 || status === 501) return undefined;
    // Engines have words of their own for what is not there.
    if (status === 404 && code !== "NoSuchBucket") return undefined;
    throw error;
  }
}

/** Some engines answer with an empty configuration where S3 has an error. A lock without a default says something. */
function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (typeof value !== "object" || "defaultRetention" in value) return false;
  return Object.values(value).every((inner) => saysNothing(inner));
}

/** Who is named by an account, user or role is somebody else, or nobody, in another engine. */
function whyNoPolicy(policy: unknown): string | undefined {
  const statements = [(policy as { readonly Statement?: unknown }).Statement ?? []].flat() as { Principal?: unknown }[];
  const isEverybody = ({ Principal: who }: { readonly Principal?: unknown }) =>
    who === "*" ||
    (typeof who === "object" &&
      who !== null &&
      Object.values(who)
        .flat()
        .every((name) => name === "*"));
  return statements.every(isEverybody) ? undefined : "It names principals, who are others in the target.";
}

function renameResources(policy: unknown, { name, target_name }: PlannedBucket): unknown {
  if (name === target_name) return policy;
  const from = `arn:aws:s3:::${name}`;
  return JSON.parse(JSON.stringify(policy), (_, value: unknown) => {
    if (typeof value !== "string" || (value !== from && !value.startsWith(`${from}/`))) return value;
    return `arn:aws:s3:::${target_name}${value.slice(from.length)}`;
  });
}
