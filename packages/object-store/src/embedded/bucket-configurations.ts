import type { BucketConfigurations } from "../object-store.ts";
import type { Step } from "./committer.ts";
import { configurationKey, configurationRange, keyOfCurrent } from "./index-keys.ts";
import type { Tables } from "./open-index.ts";
import type { BucketState } from "./records.ts";

const maxNameBytes = 100;
const maxDocumentBytes = 1024 * 1024;

export function readConfigurations(
  index: Tables,
  { id, configurationRevision: revision }: BucketState,
): BucketConfigurations {
  const documents = new Map<string, string>();
  if (revision === 0) return { revision, documents };
  for (const { key, value } of index.configurations.getRange(configurationRange(id))) {
    documents.set(keyOfCurrent(key), value);
  }
  return { revision, documents };
}

/** Throws a `TypeError` for a name or a text that is too long: what is in it is the caller's to check. */
export function putConfiguration(bucketName: string, name: string, document: string | undefined): Step<void> {
  const nameBytes = Buffer.byteLength(name);
  if (nameBytes === 0 || nameBytes > maxNameBytes) {
    throw new TypeError(`Expected \`configuration\` to be 1 to ${maxNameBytes} bytes, got ${nameBytes}`);
  }
  if (document !== undefined && Buffer.byteLength(document) > maxDocumentBytes) {
    throw new TypeError(`Expected \`document\` to be at most ${maxDocumentBytes} bytes`);
  }
  return (transaction) => {
    const bucket = transaction.bucket(bucketName);
    const key = configurationKey(bucket.id, name);
    const { configurations } = transaction.index;
    if (document === undefined && !configurations.doesExist(key)) return;
    bucket.configurationRevision += 1;
    if (document === undefined) configurations.remove(key);
    else configurations.put(key, document);
  };
}
