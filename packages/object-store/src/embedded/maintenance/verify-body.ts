import { crc32 } from "@node-rs/crc32";
import { StoreError } from "../../store-error.ts";
import {
  type BlobRef,
  blobKey,
  type FileRef,
  isFileRef,
  isSegmentRef,
  type ManifestRef,
  type SegmentRef,
} from "../blob-ref.ts";
import { codeOf, isMissing } from "../disk-error.ts";
import type { Engine } from "../engine.ts";
import { segmentPath } from "../log/segment-path.ts";
import { readFile } from "../read-blob.ts";
import { decodeManifest } from "../records.ts";
import { storedBytes } from "../sealed-body.ts";
import type { DamagedBody } from "./damaged-body.ts";
import { type OpenedSegment, openSegment } from "./open-segment.ts";
import type { Pacer } from "./pacer.ts";
import { lookUpBytes } from "./survey-segment.ts";

/** What is wrong with a body, or with a part of it. */
export type Flaw = Pick<DamagedBody, "partNumber" | "problem">;

/** Reads bodies and compares them with their checksums. One at a time. */
export interface BodyVerifier {
  /** Empty when all is well. `sizeBytes`: of what is stored. */
  verify(blob: BlobRef | null, sizeBytes: number): Promise<readonly Flaw[]>;
  totals(): { readonly bodies: number; readonly bytes: number };
  [Symbol.asyncDispose](): Promise<void>;
}

const bufferBytes = 256 * 1024;

/** Of files that several versions share, how many are remembered, so that a thousand copies are not read a thousand times. */
const maxShared = 65_536;

export function createBodyVerifier(
  { directory, index, files }: Pick<Engine, "index" | "files"> & { readonly directory: string },
  { pacer, onProgress }: { readonly pacer: Pacer; readonly onProgress: (bytes: number) => void },
): BodyVerifier {
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const takeBuffer = () => ({ buffer, giveBack: () => {} });
  const shared = new Map<string, readonly Flaw[]>();
  let opened: { readonly path: string; readonly segment: OpenedSegment } | undefined;
  let bodies = 0;
  let bytes = 0;

  const count = async (sizeBytes: number): Promise<void> => {
    bytes += sizeBytes;
    onProgress(sizeBytes);
    await pacer.spend(Math.max(sizeBytes, lookUpBytes));
  };

  /** Bodies come in the order of their segments: one file is open at a time. */
  const openOnce = async (path: string): Promise<OpenedSegment | undefined> => {
    if (opened?.path === path) return opened.segment;
    await opened?.segment[Symbol.asyncDispose]();
    opened = undefined;
    const segment = await openSegment(path);
    if (segment !== undefined) opened = { path, segment };
    return segment;
  };

  const verifySmall = async ([, epoch, segment, offset, sizeBytes, expected]: SegmentRef): Promise<readonly Flaw[]> => {
    const from = await openOnce(segmentPath(directory, { epoch, segment }));
    if (from === undefined) return [{ problem: "missing" }];
    const target = sizeBytes <= bufferBytes ? buffer.subarray(0, sizeBytes) : Buffer.allocUnsafe(sizeBytes);
    const { bytesRead } = await from.file.read(target, 0, sizeBytes, offset);
    return bytesRead === sizeBytes && crc32(target) === expected ? [] : [{ problem: "damaged" }];
  };

  const verifyFile = async (blob: FileRef, sizeBytes: number): Promise<readonly Flaw[]> => {
    try {
      const file = await files.open(blob);
      try {
        for await (const chunk of readFile(file, sizeBytes, { first: 0, last: sizeBytes - 1 }, takeBuffer)) {
          await count(chunk.length);
        }
        return [];
      } finally {
        await file.close();
      }
    } catch (error) {
      return [{ problem: problemOf(error) }];
    }
  };

  const verifyManifest = async (blob: ManifestRef): Promise<readonly Flaw[]> => {
    const row = index.read(() => index.manifests.get(blobKey(blob)));
    if (row === undefined) return [{ problem: "missing" }];
    const flaws: Flaw[] = [];
    for (const part of decodeManifest(row)) {
      if (part.blob === null || !isFileRef(part.blob)) continue;
      const { partNumber } = part;
      for (const flaw of await verifyFile(part.blob, storedBytes(part))) flaws.push({ ...flaw, partNumber });
    }
    return flaws;
  };

  const verifyShared = async (
    blob: FileRef | ManifestRef,
    verify: () => Promise<readonly Flaw[]>,
  ): Promise<readonly Flaw[]> => {
    const key = blobKey(blob);
    const known = shared.get(key.toString("latin1"));
    if (known !== undefined) return known;
    bodies += 1;
    const flaws = await verify();
    if ((index.read(() => index.blobs.get(key)) ?? 1) > 1) {
      if (shared.size >= maxShared) shared.clear();
      shared.set(key.toString("latin1"), flaws);
    }
    return flaws;
  };

  return {
    async verify(blob, sizeBytes) {
      if (blob === null) return [];
      if (isFileRef(blob)) return await verifyShared(blob, () => verifyFile(blob, sizeBytes));
      if (!isSegmentRef(blob)) return await verifyShared(blob, () => verifyManifest(blob));
      bodies += 1;
      const flaws = await verifySmall(blob).catch((error: unknown) => [{ problem: problemOf(error) }]);
      await count(sizeBytes);
      return flaws;
    },
    totals: () => ({ bodies, bytes }),
    async [Symbol.asyncDispose]() {
      await opened?.segment[Symbol.asyncDispose]();
    },
  };
}

/** Throws what says nothing about the bytes: too many open files, or that the work is to stop. */
function problemOf(error: unknown): Flaw["problem"] {
  if (isMissing(error)) return "missing";
  if (error instanceof StoreError && error.code === "ObjectDamaged") return "damaged";
  // The disk cannot read them any more.
  if (codeOf(error) === "EIO" || (error instanceof StoreError && codeOf(error.cause) === "EIO")) return "damaged";
  throw error;
}
