import type { Bucket, ObjectStore } from "@stave/object-store";

/** The sub-resources of a bucket that are kept as documents, by their names in the query; and what is said beside one. */
export type ConfigurationName =
  | "acl"
  | "cors"
  | "encryption"
  | "lifecycle"
  | "lifecycle-transition-size"
  | "logging"
  | "notification"
  | "object-lock"
  | "ownershipControls"
  | "policy"
  | "publicAccessBlock"
  | "replication"
  | "tagging"
  | "website";

/** What a bucket is configured to do, read once for each revision of it. */
export interface BucketConfigurations {
  /** As GET answers it; undefined when it is not set. */
  text(name: ConfigurationName): string | undefined;
  /** The document in the form that the operations work with. It is parsed when it is first asked for. */
  parsed<T>(name: ConfigurationName, parse: (document: Buffer) => T): T | undefined;
}

export interface ConfigurationCache {
  /** Of the bucket as it was read for this request: a change is seen by the next request, in every process. */
  of(bucket: Bucket): BucketConfigurations | Promise<BucketConfigurations>;
}

/** Buckets whose configurations are remembered; the one used longest ago is forgotten first. */
const maxBuckets = 1000;

export function createConfigurationCache(store: ObjectStore): ConfigurationCache {
  const known = new Map<string, { readonly createdAtMs: number; readonly revision: number } & BucketConfigurations>();

  const read = async ({ name, createdAt }: Bucket): Promise<BucketConfigurations> => {
    const { revision, documents } = await store.readBucketConfigurations(name);
    const configurations = { createdAtMs: createdAt.getTime(), revision, ...showDocuments(documents) };
    known.delete(name);
    known.set(name, configurations);
    const oldest = known.size > maxBuckets ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    return configurations;
  };

  return {
    of(bucket) {
      if (bucket.configurationRevision === 0) return noConfigurations;
      const found = known.get(bucket.name);
      const isCurrent =
        found?.createdAtMs === bucket.createdAt.getTime() && found.revision >= bucket.configurationRevision;
      return isCurrent ? found : read(bucket);
    },
  };
}

export const noConfigurations: BucketConfigurations = { text: () => undefined, parsed: () => undefined };

function showDocuments(documents: ReadonlyMap<string, string>): BucketConfigurations {
  const results = new Map<ConfigurationName, unknown>();
  return {
    text: (name) => documents.get(name),
    parsed<T>(name: ConfigurationName, parse: (document: Buffer) => T): T | undefined {
      const text = documents.get(name);
      if (text === undefined) return undefined;
      if (!results.has(name)) results.set(name, parse(Buffer.from(text)));
      return results.get(name) as T; // one name has one parser
    },
  };
}
