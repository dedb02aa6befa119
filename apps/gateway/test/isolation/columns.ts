import type { Scope } from "@stave/s3-policy";

/** Who asks. */
export type Column = {
  /** How its key was made; undefined for who has none of the owner's. */
  readonly scope?: Scope;
  readonly meaning: string;
  /** A temporary key is used that was made with it. */
  readonly session?: { readonly policy?: string };
  /** @default "AccessDenied" */
  readonly refusal?: "InvalidAccessKeyId";
};

const photos = { bucket: "photos" };
const photos2026 = { bucket: "photos", prefix: "2026/" };
const everythingInPhotos = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:*", Resource: ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"] },
});

/** The project of the scopes holds `photos`; the other one holds nothing. */
export function columnsOf(projects: { readonly project: string; readonly empty: string }) {
  return {
    owner: { meaning: "a key of the owner, without a scope" },
    full: { meaning: "full, on everything", scope: { access: "full" } },
    bucket: { meaning: "full, on the bucket `photos`", scope: { access: "full", on: photos } },
    other: { meaning: "full, on the bucket `other`", scope: { access: "full", on: { bucket: "other" } } },
    prefix: { meaning: "full, below `photos/2026/`", scope: { access: "full", on: photos2026 } },
    "read-only": { meaning: "read-only, on everything", scope: { access: "read-only" } },
    "bucket-read": { meaning: "read-only, on `photos`", scope: { access: "read-only", on: photos } },
    "prefix-read": { meaning: "read-only, below `photos/2026/`", scope: { access: "read-only", on: photos2026 } },
    "read-write": { meaning: "read-write, on everything", scope: { access: "read-write" } },
    "bucket-write": {
      meaning: "read-write, on `photos`: the credential of a bucket",
      scope: { access: "read-write", on: photos },
    },
    "prefix-write": { meaning: "read-write, below `photos/2026/`", scope: { access: "read-write", on: photos2026 } },
    objects: {
      meaning: "read-objects, on `photos`: the credential of a bucket that only reads",
      scope: { access: "read-objects", on: photos },
    },
    "prefix-objects": {
      meaning: "read-objects, below `photos/2026/`",
      scope: { access: "read-objects", on: photos2026 },
    },
    project: {
      meaning: "full, on a project that holds `photos`",
      scope: { access: "full", on: { project: projects.project } },
    },
    empty: {
      meaning: "full, on a project that holds no bucket",
      scope: { access: "full", on: { project: projects.empty } },
    },
    near: {
      meaning: "full, from networks that the client is in",
      scope: { access: "full", sourceNetworks: ["192.0.2.0/24", "127.0.0.0/8"] },
    },
    far: {
      meaning: "full, from networks that the client is not in",
      scope: { access: "full", sourceNetworks: ["192.0.2.0/24"] },
    },
    session: {
      meaning: "temporary credentials made with a key as `bucket-write`",
      scope: { access: "read-write", on: photos },
      session: {},
    },
    narrowed: {
      meaning: "temporary credentials made with a key as `full`, with a policy that allows everything in `photos`",
      scope: { access: "full" },
      session: { policy: everythingInPhotos },
    },
    orphan: {
      meaning: "temporary credentials of a key that was revoked afterwards",
      session: {},
      refusal: "InvalidAccessKeyId",
    },
    expired: { meaning: "a key without a scope that has expired", refusal: "InvalidAccessKeyId" },
    revoked: { meaning: "a key without a scope that was revoked", refusal: "InvalidAccessKeyId" },
    anonymous: { meaning: "nobody: the request is not signed" },
    stranger: { meaning: "a key of another account" },
  } satisfies Readonly<Record<string, Column>>;
}

export type ColumnName = keyof ReturnType<typeof columnsOf>;
export const columnNames = Object.keys(columnsOf({ project: "", empty: "" })) as readonly ColumnName[];
