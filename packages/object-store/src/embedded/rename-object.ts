import { checkKey } from "../check-key.ts";
import type { ObjectAddress, ObjectVersion, RenameObjectInput } from "../object-store.ts";
import { needsNoVersions, noSuchKey } from "../refusals.ts";
import { checkWriteConditions } from "../write-conditions.ts";
import type { SmallBytes } from "./append-object.ts";
import { isSegmentRef } from "./blob-ref.ts";
import { releaseBlob } from "./blobs.ts";
import type { Step } from "./committer.ts";
import type { Engine } from "./engine.ts";
import { tell } from "./messages.ts";
import { showObject } from "./show-records.ts";
import { shownConditions } from "./uploads.ts";
import { addVersion, dropCurrent, findPlace, placeOf } from "./versions.ts";

/**
 * Gives an object another key, in one commit. Files and lists of parts stay where they are; small bytes are written again, because
 * their record in a segment names the key that owns it, and compaction believes that.
 */
export async function renameObject(
  engine: Engine,
  readSmall: (address: ObjectAddress) => Promise<SmallBytes | undefined>,
  destination: ObjectAddress,
  input: RenameObjectInput,
): Promise<ObjectVersion> {
  checkKey(destination.key);
  checkKey(input.sourceKey);
  const source = { bucket: destination.bucket, key: input.sourceKey };
  // Again, when the source was replaced between the look at its bytes and the commit.
  for (let small: SmallBytes | undefined; ; small = await readSmall(source)) {
    const renamed = await engine.commitFiles([], rename(engine, destination, input, small), small?.bytes.length);
    if (renamed !== undefined) return renamed;
  }
}

function rename(
  { stamps }: Engine,
  { bucket: name, key }: ObjectAddress,
  { sourceKey, conditions, sourceConditions, onChange }: RenameObjectInput,
  small: SmallBytes | undefined,
): Step<ObjectVersion | undefined> {
  return (transaction) => {
    const bucket = transaction.bucket(name);
    if (bucket.versioning !== undefined) throw needsNoVersions(name);
    const source = findPlace(transaction, bucket, sourceKey);
    const { current } = source;
    if (current?.object === undefined) throw noSuchKey({ key: sourceKey });
    checkWriteConditions(sourceKey, shownConditions(current), sourceConditions);
    const destination = placeOf(transaction, bucket, key);
    checkWriteConditions(key, shownConditions(destination.current), conditions);
    if (key === sourceKey) return showObject(key, current, current.object, true);

    const { blob } = current.object;
    const isInSegment = blob !== null && isSegmentRef(blob);
    if (isInSegment && small?.sequence !== current.sequence) return undefined;
    const moved = isInSegment && small ? transaction.addBody(destination.indexKey, small.bytes) : blob;
    const object = { ...current.object, blob: moved, uploadId: null };
    const { ownerId, lastModifiedMs } = current;
    const renamed = addVersion(transaction, destination, { ownerId, lastModifiedMs, object }, stamps);
    dropCurrent(transaction, source);
    if (isInSegment) releaseBlob(transaction, blob);
    const removed = showObject(sourceKey, current, current.object, true);
    tell(transaction, onChange, { kind: "removed", bucket: name, version: removed });
    const version = showObject(key, renamed, object, true);
    tell(transaction, onChange, { kind: "added", bucket: name, version });
    return version;
  };
}
