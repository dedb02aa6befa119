import type { ApiClient } from "../../../api/api-client.ts";
import { serviceQuery } from "../options.ts";

/** The settings of a bucket that can be taken away, by the last part of their path. */
export const removableSettings = [
  "policy",
  "cors",
  "lifecycle",
  "tags",
  "encryption",
  "ownership",
  "public-access-block",
  "website",
  "notifications",
  "replication",
  "logging",
] as const;

export type RemovableSetting = (typeof removableSettings)[number];

export const settingPaths = [...removableSettings, "versioning", "object-lock", "quota"] as const;

export type SettingPath = (typeof settingPaths)[number];

export type BucketOf = { readonly bucket: string; readonly service: string | undefined };

/** A setting, and what names this state of it; null when it was never configured. */
export type ReadSetting = { readonly value: unknown; readonly etag: string };

export async function readSetting(
  { call }: ApiClient,
  path: SettingPath,
  { bucket, service }: BucketOf,
): Promise<ReadSetting> {
  const { body, headers } = await call(`get /api/storage/buckets/{bucket}/${path}`, {
    params: { bucket },
    query: serviceQuery(service),
  });
  return { value: body.data, etag: headers.etag ?? "*" };
}

/** Resolves to what is set then. With `etag` only when it still is what was read. */
export async function writeSetting(
  { call }: ApiClient,
  path: SettingPath,
  { bucket, service, value, etag }: BucketOf & { readonly value: unknown; readonly etag?: string | undefined },
): Promise<unknown> {
  const { body } = await call(`put /api/storage/buckets/{bucket}/${path}`, {
    params: { bucket },
    query: serviceQuery(service),
    // It may come from a file: the server says what is wrong with it.
    body: value as never,
    headers: { ...(etag !== undefined && { "if-match": etag }) },
  });
  return body.data;
}

export async function removeSetting(
  { call }: ApiClient,
  path: RemovableSetting,
  { bucket, service, etag }: BucketOf & { readonly etag: string },
): Promise<void> {
  await call(`delete /api/storage/buckets/{bucket}/${path}`, {
    params: { bucket },
    query: serviceQuery(service),
    headers: { "if-match": etag },
  });
}
