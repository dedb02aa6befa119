import { Readable } from "node:stream";
import type { IssuedKeyRecord } from "@stave/control-database";
import type { Scope } from "@stave/s3-policy";
import { requireEndWithin } from "../auth/end-within.ts";
import type { OperationContext } from "../context.ts";
import type { Caller } from "../http/caller.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";
import { type FoundBucket, findBucket } from "../keys/find-bucket.ts";
import { findKeyService, type KeyService } from "../keys/find-key-service.ts";
import { issueKey, replaceKey } from "../keys/issue-key.ts";
import { nextCursor, readCursor } from "../keys/page-of-keys.ts";
import { readExpiry } from "../keys/read-expiry.ts";
import { readScope, storedScope } from "../keys/read-scope.ts";
import { manifestName, renderManifest } from "../keys/render-manifest.ts";
import { requireRightsOfKey } from "../keys/require-rights-of-key.ts";
import { revokeCredentialsOf } from "../keys/revoke-credentials-of.ts";
import { showDates } from "../keys/show-access-key.ts";
import { publicEndpoint } from "../services/service-endpoint.ts";

type CredentialHandlers = Pick<
  Handlers,
  | "listBucketCredentials"
  | "createBucketCredential"
  | "getBucketCredential"
  | "revealBucketCredential"
  | "getBucketManifest"
  | "rotateBucketCredential"
  | "deleteBucketCredential"
>;

export function bucketCredentialOperations(context: OperationContext): CredentialHandlers {
  const { database } = context;
  const show = (service: KeyService, credential: IssuedKeyRecord) => ({
    id: credential.id,
    bucket: credential.bucket?.name ?? "",
    accessKeyId: credential.key.accessKeyId,
    description: credential.key.description,
    ...showScope(storedScope(credential.key.scope)),
    endpoint: publicEndpoint(context, service),
    region: service.region,
    ...showDates(credential.key),
    replacedBy: credential.key.replacedBy ?? null,
  });

  return {
    async listBucketCredentials({ params, query }) {
      const { limit } = query;
      const { service, bucket } = await locate(context, params, query);
      const { issuedKeys } = database.as("system");
      const before = readCursor(query.cursor);
      const page = await issuedKeys.list({ serviceId: service.id, bucket: bucket.name, before, limit: limit + 1 });
      // Others are of an earlier bucket of this name, and about to be revoked.
      const data = page.slice(0, limit).filter((credential) => isOf(credential, bucket));
      return {
        status: 200,
        body: { data: data.map((credential) => show(service, credential)), nextCursor: nextCursor(page, limit) },
      };
    },
    async createBucketCredential({ caller, params, query, body }) {
      const { description, access, prefix } = body;
      const { service, bucket } = await locate(context, params, query);
      const on = { bucket: bucket.name, ...(prefix !== undefined && { prefix }) };
      const scope = readScope({ access: accesses[access], on: { ...on, createdAt: bucket.createdAt.toISOString() } });
      requireRightsOfKey(caller, scope);
      const { actor } = caller;
      // Those of earlier buckets of this name would count, until they are swept.
      await revokeCredentialsOf(context, {
        actor,
        serviceId: service.id,
        bucket: bucket.name,
        madeAt: bucket.createdAt,
      });
      const { issued, secretAccessKey } = await issueKey(context, {
        actor,
        purpose: { serviceId: service.id, bucket },
        key: { ownerId: service.accountId, description, scope, ...readExpiry(context, caller, body.expiresAt) },
      });
      return { status: 201, body: { data: { ...show(service, issued), secretAccessKey } } };
    },
    async getBucketCredential({ params, query }) {
      const { service, credential } = await findCredential(context, params, query);
      return { status: 200, body: { data: show(service, credential) } };
    },
    async revealBucketCredential({ caller, params, query }) {
      const { service, credential } = await findCredential(context, params, query);
      const secretAccessKey = await reveal(context, credential, { caller, as: "secret" });
      return { status: 200, body: { data: { ...show(service, credential), secretAccessKey } } };
    },
    async getBucketManifest({ caller, params, query }) {
      const { format, name, namespace } = query;
      const { service, bucket, credential } = await findCredential(context, params, query);
      const secretAccessKey = await reveal(context, credential, { caller, as: format });
      const manifest = renderManifest(format, {
        endpoint: publicEndpoint(context, service),
        region: service.region,
        bucket: bucket.name,
        accessKeyId: credential.key.accessKeyId,
        secretAccessKey,
        credentialId: credential.id,
        name,
        namespace,
      });
      const file = `${manifestName(name ?? `${bucket.name}-credential`)}.${extensions[format]}`;
      const headers = {
        "content-type": "text/plain; charset=utf-8",
        "content-disposition": `attachment; filename="${file}"`,
      };
      return { status: 200, headers, bytes: Readable.from([manifest]) };
    },
    async rotateBucketCredential({ caller, params, query, body: { graceSeconds } }) {
      const { service, credential } = await findCredential(context, params, query);
      requireRightsOfKey(caller, storedScope(credential.key.scope));
      requireEndWithin(caller, credential.key.expiresAt);
      const rotation = { actor: caller.actor, graceSeconds };
      const { issued, secretAccessKey } = await replaceKey(context, credential, rotation);
      return { status: 201, body: { data: { ...show(service, issued), secretAccessKey } } };
    },
    async deleteBucketCredential({ caller, params, query }) {
      const service = await findKeyService(context, query.service);
      const { id } = await findStored(context, params, service);
      if (!(await database.as(caller.actor).issuedKeys.revoke(id))) throw noCredential();
      return { status: 204 };
    },
  };
}

/** Both are about objects only: how the bucket is set up, versions, tags and ACLs are nobody's business here. */
const accesses = { "read-only": "read-objects", "read-write": "read-write" } as const;

const extensions = { flat: "yaml", aws: "yaml", obc: "yaml", dotenv: "env", json: "json" } as const;

type BucketParams = { readonly bucket: string };
type CredentialParams = BucketParams & { readonly id: string };
type ServiceQuery = { readonly service?: string | undefined };
type Place = { readonly service: KeyService; readonly bucket: FoundBucket };

async function locate(context: OperationContext, { bucket }: BucketParams, query: ServiceQuery): Promise<Place> {
  const service = await findKeyService(context, query.service);
  return { service, bucket: await findBucket(context, service, bucket) };
}

/** Of the bucket that there is now. Throws a {@link Problem}. */
async function findCredential(
  context: OperationContext,
  params: CredentialParams,
  query: ServiceQuery,
): Promise<Place & { readonly credential: IssuedKeyRecord }> {
  const place = await locate(context, params, query);
  const credential = await findStored(context, params, place.service);
  if (!isOf(credential, place.bucket)) throw noCredential();
  return { ...place, credential };
}

async function findStored(
  { database }: OperationContext,
  { bucket, id }: CredentialParams,
  service: KeyService,
): Promise<IssuedKeyRecord> {
  const found = await database.as("system").issuedKeys.find(id);
  if (found === undefined || found.serviceId !== service.id || found.bucket?.name !== bucket) throw noCredential();
  return found;
}

function isOf({ bucket }: IssuedKeyRecord, { createdAt }: FoundBucket): boolean {
  return bucket?.createdAt.getTime() === createdAt.getTime();
}

/** Nobody sees a secret before it is on record that they have, and nobody one that may do more than they. Throws a {@link Problem}. */
async function reveal(
  { database, accessKeysFor }: OperationContext,
  { id, key, bucket }: IssuedKeyRecord,
  { caller, as }: { readonly caller: Caller; readonly as: string },
): Promise<string> {
  requireRightsOfKey(caller, storedScope(key.scope));
  const found = await accessKeysFor(caller.actor).secretOf(key.accessKeyId);
  if (found === undefined) throw new Problem("CONFLICT", { detail: "The credential has expired or was revoked." });
  await database.audit.add({
    actor: caller.actor,
    action: "access-key:reveal",
    subject: key.accessKeyId,
    details: { id, bucket: bucket?.name, as },
  });
  return found.secretAccessKey;
}

function showScope({ access, on }: Scope) {
  const prefix = on !== undefined && "bucket" in on ? on.prefix : undefined;
  return { access: access === "read-write" ? access : ("read-only" as const), prefix: prefix ?? null };
}

function noCredential(): Problem {
  return new Problem("S3_ACCESS_KEY_NOT_FOUND", { detail: "The bucket has no such credential." });
}
