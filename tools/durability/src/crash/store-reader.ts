import type { EmbeddedStore, ListVersionsPage } from "@stave/object-store";
import { type Address, nameOf } from "../ledger.ts";
import type { ListedObject, ListedVersion, Observation, StateReader } from "../state-reader.ts";

/** Looks at a store directly. What has been read once is not read again: nobody writes meanwhile. */
export function createStoreReader(store: EmbeddedStore): StateReader {
  const seen = new Map<string, Promise<Observation>>();
  const readOnce = (address: Address, versionId?: string): Promise<Observation> => {
    const name = `${nameOf(address)} ${versionId ?? ""}`;
    const observation = seen.get(name) ?? readObject(store, address, versionId);
    seen.set(name, observation);
    return observation;
  };
  return {
    list: (bucket) => listAll(store, bucket),
    listVersions: (bucket) => listAllVersions(store, bucket),
    read: (address) => readOnce(address),
    readVersion: (address, versionId) => readOnce(address, versionId),
  };
}

async function readObject(store: EmbeddedStore, address: Address, versionId?: string): Promise<Observation> {
  try {
    const open = await store.openObject(address, versionId);
    if (open === undefined || !("close" in open)) return { kind: "absent" };
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of open.read()) chunks.push(Buffer.from(chunk));
      const body = Buffer.concat(chunks);
      const { sizeBytes, etag } = open.version;
      if (body.length !== sizeBytes) {
        return { kind: "failed", reason: `it has ${sizeBytes} bytes, and a read brings ${body.length}` };
      }
      return { kind: "object", body, etag };
    } finally {
      await open.close();
    }
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

// Short pages, so that their borders are crossed.
const pageKeys = 50;

async function listAll(store: EmbeddedStore, bucket: string): Promise<readonly ListedObject[]> {
  const objects: ListedObject[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.listObjects(bucket, { maxKeys: pageKeys, ...(after === undefined ? {} : { after }) });
    objects.push(...page.objects);
    if (!page.isTruncated || page.nextAfter === undefined) return objects;
    after = page.nextAfter;
  }
}

async function listAllVersions(store: EmbeddedStore, bucket: string): Promise<readonly ListedVersion[]> {
  const versions: ListedVersion[] = [];
  for (let page: ListVersionsPage | undefined; ; ) {
    const { nextKeyMarker: keyMarker, nextVersionIdMarker: versionIdMarker } = page ?? {};
    page = await store.listVersions(bucket, {
      maxKeys: pageKeys,
      ...(keyMarker === undefined ? {} : { keyMarker }),
      ...(versionIdMarker === undefined ? {} : { versionIdMarker }),
    });
    for (const version of page.versions) {
      const { sizeBytes, etag } = version.isDeleteMarker ? { sizeBytes: 0, etag: "" } : version;
      const { key, versionId, isLatest, isDeleteMarker } = version;
      versions.push({ key, versionId, isLatest, isDeleteMarker, sizeBytes, etag });
    }
    if (!page.isTruncated) return versions;
  }
}
