import { checkKey } from "../check-key.ts";
import { checkRemovable } from "../object-lock.ts";
import type {
  DeletedObject,
  DeleteObjectInput,
  ObjectAddress,
  ObjectStore,
  ObjectVersion,
  OpenObject,
} from "../object-store.ts";
import {
  checkDeleteConditions,
  checkUnchanged,
  checkWriteConditions,
  hasDeleteConditions,
} from "../write-conditions.ts";
import { addReceived } from "./add-received.ts";
import { appendObject, type SmallBytes } from "./append-object.ts";
import type { Step } from "./committer.ts";
import { copyVersion } from "./copy-version.ts";
import { onDisk } from "./disk-error.ts";
import type { Engine } from "./engine.ts";
import { listObjects } from "./listing/list-objects.ts";
import { listVersions } from "./listing/list-versions.ts";
import { tell } from "./messages.ts";
import { type HeldObject, openVersion } from "./open-version.ts";
import { putAttributes } from "./put-attributes.ts";
import { receiveBody } from "./receive-body.ts";
import { renameObject } from "./rename-object.ts";
import { showAttributes, showVersion } from "./show-records.ts";
import { shownConditions } from "./uploads.ts";
import {
  addVersion,
  checkGrowth,
  type FoundVersion,
  findPlace,
  findVersion,
  readCurrent,
  removeVersion,
} from "./versions.ts";

type ObjectOperations = Pick<
  ObjectStore,
  | "putObject"
  | "headObject"
  | "openObject"
  | "copyObject"
  | "appendObject"
  | "renameObject"
  | "putObjectAttributes"
  | "deleteObject"
  | "listObjects"
  | "listVersions"
>;

export function objectOperations(engine: Engine): ObjectOperations {
  const { index, reading, writing } = engine;
  const opened = new WeakMap<OpenObject, HeldObject>();

  const find = ({ bucket, key }: ObjectAddress, versionId: string | undefined): FoundVersion | undefined =>
    reading(() => {
      checkKey(key);
      const { id } = engine.bucket(bucket);
      return findVersion(index, id, versionId === undefined ? { key } : { key, versionId });
    });

  const opener = { ...engine, find };

  const readSmall = async (address: ObjectAddress): Promise<SmallBytes | undefined> => {
    const opening = await openVersion(opener, address, undefined);
    if (opening === undefined || !("open" in opening)) return undefined;
    const { open, held } = opening;
    const stored = held.parts.length === 0 ? held.stored() : undefined;
    const bytes = stored instanceof Uint8Array ? Buffer.from(stored) : undefined;
    await open.close();
    return bytes && { bytes, sequence: held.sequence };
  };

  return {
    putObject: (address, body, input) =>
      writing(async () => {
        const { key } = address;
        const { conditions, declaredSizeBytes } = input;
        // Refused early, before 5 GiB have been read; what counts is the same check in the commit.
        reading(() => {
          checkKey(key);
          const bucket = engine.bucket(address.bucket);
          const isUnlimited = bucket.quota === undefined && engine.owners.quotaOf(bucket.ownerId) === undefined;
          if (conditions === undefined && isUnlimited) return;
          const current = readCurrent(index, bucket.id, key);
          checkWriteConditions(key, shownConditions(current), conditions);
          checkGrowth({ bucket, current }, declaredSizeBytes ?? 0, engine.owners);
        });
        const received = await receiveBody(body, engine, input);
        const files = received.file === undefined ? [] : [received.file];
        const step: Step<ObjectVersion> = (transaction) => {
          const place = findPlace(transaction, transaction.bucket(address.bucket), key);
          checkWriteConditions(key, shownConditions(place.current), conditions);
          checkGrowth(place, received.sizeBytes, transaction.owners);
          return addReceived(engine, transaction, place, received, input);
        };
        return await engine.commitFiles(files, step, received.small?.length);
      }),
    async headObject(address, versionId) {
      const found = find(address, versionId);
      return found && showVersion(address.key, found.stored, found.isLatest);
    },
    async openObject(address, versionId, options) {
      const opening = await openVersion(opener, address, versionId, options);
      if (opening === undefined || !("open" in opening)) return opening;
      opened.set(opening.open, opening.held);
      return opening.open;
    },
    copyObject: (source, destination, input) =>
      writing(async () => {
        checkKey(destination.key);
        const held = opened.get(source);
        if (held === undefined) throw new TypeError("Expected `source` to be an object that this store has opened");
        return await copyVersion(engine, held, destination, input);
      }),
    appendObject: (address, body, input) => writing(() => appendObject(engine, readSmall, { address, body }, input)),
    renameObject: (destination, input) => writing(() => renameObject(engine, readSmall, destination, input)),
    putObjectAttributes: (address, input) => writing(() => engine.commit(putAttributes(engine, address, input))),
    deleteObject: (address, input = {}) => writing(() => engine.free(deleteVersion(engine, address, input))),
    async listObjects(name, query) {
      const { id } = reading(() => engine.bucket(name));
      return await onDisk(() => listObjects(index, id, query));
    },
    async listVersions(name, query) {
      const { id } = reading(() => engine.bucket(name));
      return await onDisk(() => listVersions(index, id, query));
    },
  };
}

function deleteVersion(
  { stamps }: Engine,
  { bucket: name, key }: ObjectAddress,
  { versionId, bypassesGovernance, onChange, ifUnchanged, ...conditions }: DeleteObjectInput,
): Step<DeletedObject> {
  checkKey(key);
  return (transaction) => {
    const bucket = transaction.bucket(name);
    const place = findPlace(transaction, bucket, key);
    if (hasDeleteConditions(conditions)) {
      checkDeleteConditions(key, place.current && showVersion(key, place.current, true), conditions);
    }
    if (ifUnchanged !== undefined) {
      const found = findVersion(transaction.index, bucket.id, versionId === undefined ? { key } : { key, versionId });
      checkUnchanged(found && showVersion(key, found.stored, found.isLatest), ifUnchanged);
    }
    const { versioning, ownerId } = bucket;
    if (versionId === undefined && versioning !== undefined) {
      transaction.takeSpace(); // many markers could use up what removing versions needs
      const marker = addVersion(transaction, place, { ownerId, object: undefined }, stamps);
      tell(transaction, onChange, { kind: "added", bucket: name, version: showVersion(key, marker, true) });
      return { versionId: marker.versionId, isDeleteMarker: true };
    }
    const found = findVersion(transaction.index, bucket.id, { key, versionId: versionId ?? "null" });
    if (found === undefined) return { isDeleteMarker: false };
    const attributes = found.stored.object?.attributes ?? null;
    if (attributes !== null) checkRemovable(showAttributes(attributes), { key, now: stamps.now(), bypassesGovernance });
    removeVersion(transaction, place, found);
    const version = onChange && showVersion(key, found.stored, found.isLatest);
    if (version !== undefined) tell(transaction, onChange, { kind: "removed", bucket: name, version });
    if (versioning === undefined) return { isDeleteMarker: false };
    return { versionId: found.stored.versionId, isDeleteMarker: found.stored.object === undefined };
  };
}
