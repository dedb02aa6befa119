import { DeleteObjectsCommand, type S3Client } from "@aws-sdk/client-s3";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { listObjects } from "../transfer/list-objects.ts";
import { readObject } from "../transfer/read-object.ts";
import { isTransient, until, withRetries } from "../transfer/retry.ts";
import { writeObject } from "../transfer/write-object.ts";
import { type BackupStore, StoreError } from "./backup-store.ts";

const headers = { ContentType: "application/octet-stream" };
/** What every S3 server has: what is sent goes with its MD5. */
const abilities = { tags: false, checksums: false };
const maxDeleted = 1000;

/** A bucket of an S3 server, below a prefix that ends in a slash or is empty. */
export function createS3Store(
  client: S3Client,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): BackupStore {
  const targetOf = (name: string) => ({ bucket, key: `${prefix}${name}`, abilities });
  return {
    async write(name, bytes, signal) {
      const source = { headers, sizeBytes: bytes.length, body: once(bytes) };
      await writeObject(client, targetOf(name), source, { signal }).catch((error) => orStoreError(error, signal));
    },
    async writeStream(name, body, { sizeBytes, signal }) {
      // What the source fails with is not the destination's.
      let failure: { readonly error: unknown } | undefined;
      const watched = async function* () {
        try {
          yield* body;
        } catch (error) {
          failure = { error };
          throw error;
        }
      };
      const source = { headers, sizeBytes, body: watched() };
      try {
        return await writeObject(client, targetOf(name), source, { signal });
      } catch (error) {
        if (failure !== undefined) throw failure.error;
        return orStoreError(error, signal);
      }
    },
    async read(name, signal) {
      const ref = { bucket, key: `${prefix}${name}` };
      const { sizeBytes, body, discard } = await readObject(client, ref, { tags: "none", signal }).catch((error) =>
        orStoreError(error, signal),
      );
      return { sizeBytes, body: translated(body, signal), discard };
    },
    async *list(listed, signal) {
      try {
        for await (const { key } of listObjects(client, bucket, { prefix: `${prefix}${listed}`, signal })) {
          yield key.slice(prefix.length);
        }
      } catch (error) {
        orStoreError(error, signal);
      }
    },
    async remove(names, signal) {
      for (let at = 0; at < names.length; at += maxDeleted) {
        const Objects = names.slice(at, at + maxDeleted).map((name) => ({ Key: `${prefix}${name}` }));
        const command = () => new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
        const { Errors: [first] = [] } = await withRetries(() => client.send(command(), until(signal)), {
          signal,
        }).catch((error) => orStoreError(error, signal));
        if (first !== undefined) {
          throw new StoreError("Refused", `The destination did not delete (${first.Code ?? "no reason given"}).`);
        }
      }
    },
    close: () => client.destroy(),
  };
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* translated(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    orStoreError(error, signal);
  }
}

const fullCodes = new Set(["QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "StorageFull"]);

function orStoreError(error: unknown, signal: AbortSignal): never {
  if (signal.aborted || error instanceof StoreError) throw error;
  const { code, reason } = describeS3Error(error);
  const option = { cause: error };
  if (code === "NoSuchKey" || (statusOf(error) === 404 && code !== "NoSuchBucket")) {
    throw new StoreError("Missing", "The file is not there.", option);
  }
  if (fullCodes.has(code) || statusOf(error) === 507) {
    throw new StoreError("Full", `The destination is full. ${reason}`, option);
  }
  if (isTransient(error)) throw new StoreError("Away", `The destination does not answer. ${reason}`, option);
  throw new StoreError("Refused", `The destination refused. ${reason}`, option);
}
