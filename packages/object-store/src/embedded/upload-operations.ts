import { checkKey } from "../check-key.ts";
import { checkPartEncryption } from "../check-part-encryption.ts";
import type { ObjectStore, UploadAddress } from "../object-store.ts";
import { onDisk } from "./disk-error.ts";
import type { Engine } from "./engine.ts";
import { listUploads } from "./listing/list-uploads.ts";
import { receiveBody } from "./receive-body.ts";
import { encodeChecksum } from "./records.ts";
import {
  abortUpload,
  completeUpload,
  createUpload,
  type FoundUpload,
  listParts,
  putPart,
  readUpload,
  requireUpload,
} from "./uploads.ts";
import { checkGrowth } from "./versions.ts";

type UploadOperations = Pick<
  ObjectStore,
  "createUpload" | "readUpload" | "putPart" | "listParts" | "completeUpload" | "abortUpload" | "listUploads"
>;

export function uploadOperations(engine: Engine): UploadOperations {
  const { index, reading, writing, commit, stamps } = engine;

  const require = (address: UploadAddress): FoundUpload => {
    checkKey(address.key);
    return requireUpload(index, engine.bucket(address.bucket).id, address);
  };

  return {
    createUpload: (address, input) =>
      writing(async () => {
        checkKey(address.key);
        return await commit(createUpload(address, input, stamps));
      }),
    async readUpload(address) {
      return reading(() => {
        checkKey(address.key);
        return readUpload(index, engine.bucket(address.bucket).id, address);
      });
    },
    putPart: (address, body, { partNumber, ...announced }) =>
      writing(async () => {
        reading(() => {
          const [, , , , , , , , encryption] = require(address).row;
          checkPartEncryption({ encryption }, announced.encryption);
          const bucket = engine.bucket(address.bucket);
          checkGrowth({ bucket, current: undefined }, announced.declaredSizeBytes ?? 0, engine.owners);
        });
        const received = await receiveBody(body, { ...engine, smallMaxBytes: 0 }, announced);
        const part = {
          partNumber,
          sizeBytes: received.sizeBytes,
          etag: received.etag,
          checksum: encodeChecksum(received.checksum),
          seal: received.seal,
        };
        return await engine.commitFiles(
          received.file === undefined ? [] : [received.file],
          putPart(address, part, received.file, stamps),
        );
      }),
    async listParts(address, query) {
      return reading(() => listParts(index, require(address).idBytes, query));
    },
    completeUpload: (address, input) =>
      writing(async () => {
        checkKey(address.key);
        return await commit(completeUpload(address, input, engine.nextManifest, stamps));
      }),
    abortUpload: (address) =>
      writing(async () => {
        checkKey(address.key);
        await engine.free(abortUpload(address));
      }),
    async listUploads(name, query) {
      const bucket = reading(() => engine.bucket(name));
      return await onDisk(() => listUploads(index, bucket, query));
    },
  };
}
