import type { ObjectVersion, PutObjectInput } from "../object-store.ts";
import type { Engine } from "./engine.ts";
import { tell } from "./messages.ts";
import type { ReceivedBody } from "./receive-body.ts";
import { encodeAttributes, encodeChecksum, encodeMetadata } from "./records.ts";
import { showObject } from "./show-records.ts";
import type { Transaction } from "./transaction.ts";
import { addVersion, type Place } from "./versions.ts";

/** In a step: a body that has been received becomes the newest version of its key. */
export function addReceived(
  engine: Engine,
  transaction: Transaction,
  place: Place,
  received: ReceivedBody,
  {
    ownerId,
    metadata,
    attributes,
    encryption,
    onChange,
  }: Pick<PutObjectInput, "ownerId" | "metadata" | "attributes" | "encryption" | "onChange">,
): ObjectVersion {
  const object = {
    ...encodeMetadata(metadata),
    sizeBytes: received.sizeBytes,
    etag: received.etag,
    blob: engine.addBytes(transaction, place, received),
    checksum: encodeChecksum(received.checksum),
    partsCount: 0,
    uploadId: null,
    attributes: encodeAttributes(attributes),
    encryption: encryption?.description ?? null,
    seal: received.seal,
  };
  const stored = addVersion(transaction, place, { ownerId, object }, engine.stamps);
  const version = showObject(place.key, stored, object, true);
  tell(transaction, onChange, { kind: "added", bucket: place.bucket.name, version });
  return version;
}
