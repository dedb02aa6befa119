import { changeAttributes } from "../attributes.ts";
import { checkKey } from "../check-key.ts";
import { checkRetentionChange } from "../object-lock.ts";
import type { ObjectAddress, ObjectVersion, PutAttributesInput } from "../object-store.ts";
import { noSuchKey } from "../refusals.ts";
import type { Step } from "./committer.ts";
import type { Engine } from "./engine.ts";
import { noncurrentKey } from "./index-keys.ts";
import { tell } from "./messages.ts";
import { encodeAttributes, encodeVersion } from "./records.ts";
import { showAttributes, showObject } from "./show-records.ts";
import { findPlace, findVersion } from "./versions.ts";

/** Writes the row of a version again, with what is said about it now. */
export function putAttributes(
  { stamps }: Engine,
  { bucket: name, key }: ObjectAddress,
  { versionId, bypassesGovernance, onChange, ...change }: PutAttributesInput,
): Step<ObjectVersion> {
  checkKey(key);
  return (transaction) => {
    const bucket = transaction.bucket(name);
    const { indexKey } = findPlace(transaction, bucket, key);
    const found = findVersion(transaction.index, bucket.id, versionId === undefined ? { key } : { key, versionId });
    if (found?.stored.object === undefined) throw noSuchKey({ key });
    const { stored, isLatest } = found;
    const row = stored.object?.attributes ?? null;
    const attributes = row === null ? undefined : showAttributes(row);
    if (change.retention !== undefined) {
      checkRetentionChange(attributes, change.retention, { key, now: stamps.now(), bypassesGovernance });
    }
    const object = { ...found.stored.object, attributes: encodeAttributes(changeAttributes(attributes, change)) };
    const changed = encodeVersion({ ...stored, object });
    if (isLatest) transaction.index.current.put(indexKey, changed);
    else transaction.index.noncurrent.put(noncurrentKey(bucket.id, key, stored.sequence), changed);
    const version = showObject(key, stored, object, isLatest);
    tell(transaction, onChange, { kind: "attributes", bucket: name, version });
    return version;
  };
}
