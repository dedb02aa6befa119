import { bodyOf } from "../src/content.ts";
import type { Address, Ledger, Operation } from "../src/ledger.ts";
import type { ListedVersion, Observation, StateReader } from "../src/state-reader.ts";

type Version = Omit<ListedVersion, "isLatest"> & { readonly body: Buffer };

/** A store that keeps what it is given, to be told lies about by tests. Versions are in the order they were made. */
export type MemoryState = StateReader & {
  /** Does the operation, as a new version; resolves to the id of the version. */
  apply(operation: Operation): string;
  /** Puts any bytes under a key, whoever wrote them. */
  set(address: Address, body: Buffer): void;
  /** Forgets the newest version of a key. */
  forget(address: Address): void;
};

export function createMemoryState(ledger: Ledger): MemoryState {
  const keys = new Map<string, Version[]>();
  let serial = 0;
  const add = ({ bucket, key }: Address, body: Buffer | undefined) => {
    serial += 1;
    const version = {
      key,
      versionId: `v${serial}`,
      isDeleteMarker: body === undefined,
      sizeBytes: body?.length ?? 0,
      etag: body === undefined ? "" : `etag-${serial}`,
      body: body ?? Buffer.alloc(0),
    };
    keys.set(`${bucket}/${key}`, [...(keys.get(`${bucket}/${key}`) ?? []), version]);
    return version.versionId;
  };
  const versionsOf = ({ bucket, key }: Address) => keys.get(`${bucket}/${key}`) ?? [];
  const inBucket = (bucket: string) =>
    [...keys]
      .filter(([name, { length }]) => name.startsWith(`${bucket}/`) && length > 0)
      .map(([, versions]) => versions);

  return {
    apply: ({ address, content }) => add(address, content === undefined ? undefined : bodyOf(ledger.seed, content)),
    set: (address, body) => void add(address, body),
    forget: (address) => void versionsOf(address).pop(),
    read: async (address) => observe(versionsOf(address).at(-1)),
    readVersion: async (address, id) => observe(versionsOf(address).find(({ versionId }) => versionId === id)),
    list: async (bucket) =>
      inBucket(bucket)
        .flatMap((versions) => versions.at(-1) ?? [])
        .filter(({ isDeleteMarker }) => !isDeleteMarker),
    listVersions: async (bucket) =>
      inBucket(bucket).flatMap((versions) =>
        versions.map((version) => ({ ...version, isLatest: version === versions.at(-1) })),
      ),
  };
}

function observe(version: Version | undefined): Observation {
  if (version === undefined || version.isDeleteMarker) return { kind: "absent" };
  return { kind: "object", body: version.body, etag: version.etag };
}
