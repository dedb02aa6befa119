import type { ObjectStore } from "@stave/object-store";
import { type MemoryGateway, type MemoryGatewayOptions, startMemoryGateway } from "../support/memory-gateway.ts";
import { createS3Client, type S3Client, type S3Request } from "../support/s3-client.ts";
import type { Case } from "./case.ts";
import { bucketAt, buckets, keyAt, type Place, targetAt } from "./places.ts";

/** A gateway with what one case needs: two buckets of the same owner, alike in all but their names. */
export type World = {
  readonly s3: S3Client;
  readonly store: ObjectStore;
  readonly uploads: ReadonlyMap<Place, { readonly uploadId: string; readonly partEtag: string }>;
  /** All that is stored, as a text: what was refused has left it as it was. */
  snapshot(): Promise<string>;
  close(): Promise<void>;
};

/** What no answer to a refused request may contain. */
export const secretContent = "precious";

const allPlaces: readonly Place[] = ["inside", "beside", "elsewhere"];

export async function createWorld(it: Case, options: MemoryGatewayOptions): Promise<World> {
  const gateway: MemoryGateway = await startMemoryGateway(options);
  const s3 = createS3Client(gateway);
  const ask = async (request: S3Request) => {
    const answer = await s3.call(request);
    if (answer.status >= 300) throw new Error(`Expected the owner to succeed, got ${answer.status} ${answer.text}`);
    return answer;
  };
  for (const bucket of buckets) await createBucket(bucket, it.buckets ?? "plain", ask);
  const uploads = new Map<Place, { readonly uploadId: string; readonly partEtag: string }>();
  for (const place of it.isEmpty === true ? [] : allPlaces) {
    const bucket = bucketAt(place);
    const key = keyAt(place);
    await ask({ method: "PUT", path: `/${bucket}/${key}`, body: secretContent });
    if (it.hasUploads !== true) continue;
    const path = `/${bucket}/${key.replace(/a$/, "upload")}`;
    const uploadId = (await ask({ method: "POST", path, query: { uploads: "" } })).one("UploadId") ?? "";
    const part = await ask({ method: "PUT", path, query: { partNumber: "1", uploadId }, body: "part" });
    uploads.set(place, { uploadId, partEtag: part.headers.etag ?? "" });
  }
  const { store } = gateway;
  const world: World = { s3, store, uploads, snapshot: () => snapshot(store), close: () => gateway.close() };
  for (const place of it.places) {
    for (const request of it.before ?? []) await ask(request(await targetAt(place, world)));
  }
  return world;
}

async function createBucket(
  bucket: string,
  kind: NonNullable<Case["buckets"]>,
  ask: (request: S3Request) => Promise<unknown>,
): Promise<void> {
  const locked = { "x-amz-bucket-object-lock-enabled": "true" };
  await ask({ method: "PUT", path: `/${bucket}`, ...(kind === "locked" && { headers: locked }) });
  if (kind !== "versioned") return;
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await ask({ method: "PUT", path: `/${bucket}`, query: { versioning: "" }, body });
}

async function snapshot(store: ObjectStore): Promise<string> {
  const { buckets: found } = await store.listBuckets({ maxBuckets: 1000 });
  const contents = await Promise.all(
    found.map(async (bucket) => {
      const { documents } = await store.readBucketConfigurations(bucket.name);
      const { versions } = await store.listVersions(bucket.name, { maxKeys: 1000 });
      const { uploads } = await store.listUploads(bucket.name, { maxUploads: 1000 });
      const parts = await Promise.all(uploads.map((upload) => store.listParts(upload, { maxParts: 1000 })));
      return { bucket, documents: [...documents], versions, uploads, parts };
    }),
  );
  return JSON.stringify([contents, await store.listQueues()]);
}
