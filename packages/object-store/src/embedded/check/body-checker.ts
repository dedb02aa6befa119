import { closeSync, openSync, readSync } from "node:fs";
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { crc32 } from "@node-rs/crc32";
import { blobPath } from "../blob-files.ts";
import type { FileRef, SegmentRef } from "../blob-ref.ts";
import { fileBytes } from "../block-checksums.ts";
import { codeOf, isMissing } from "../disk-error.ts";
import { openFile } from "../file-descriptor.ts";
import { segmentPath } from "../log/segment-path.ts";
import { bodyType, headerBytes, isIntactHeader, readHeader } from "../log/segment-record.ts";
import { readFile } from "../read-blob.ts";
import type { Findings, Place } from "./findings.ts";

/** Compares stored bytes with what the index and their checksums say. */
export interface BodyChecker {
  /** `owner`: whose record it must be. */
  checkSmall(body: SegmentRef, owner: Buffer, place: Place): void;
  checkFile(body: FileRef, sizeBytes: number, place: Place): Promise<void>;
  close(): void;
}

/** Open at a time. */
const maxOpen = 64;
const bufferBytes = 2 ** 20;

export function createBodyChecker({
  directory,
  findings,
  isReadingBytes,
  onVerified,
}: {
  readonly directory: string;
  readonly findings: Findings;
  readonly isReadingBytes: boolean;
  readonly onVerified: (sizeBytes: number) => void;
}): BodyChecker {
  const segments = new Map<string, number>();
  const buffer = Buffer.allocUnsafe(bufferBytes);

  const openSegment = (path: string): number => {
    const known = segments.get(path);
    if (known !== undefined) return known;
    const [oldest] = segments;
    if (segments.size >= maxOpen && oldest !== undefined) {
      segments.delete(oldest[0]);
      closeSync(oldest[1]);
    }
    const opened = openSync(path, "r");
    segments.set(path, opened);
    return opened;
  };

  const readRecord = (path: string, start: number, sizeBytes: number): Buffer | "missing" | "unreadable" => {
    const record = Buffer.allocUnsafe(sizeBytes);
    try {
      return record.subarray(0, readSync(openSegment(path), record, 0, sizeBytes, start));
    } catch (error) {
      return isMissing(error) ? "missing" : "unreadable";
    }
  };

  const checkSmall: BodyChecker["checkSmall"] = ([, epoch, segment, offset, sizeBytes, expected], owner, at) => {
    const path = segmentPath(directory, { epoch, segment });
    const place = { ...at, file: relative(directory, path) };
    const head = headerBytes + owner.length;
    if (offset < head) {
      findings.add("record-damaged", place, `There is no room for a record before byte ${offset} of the segment.`);
      return;
    }
    const record = readRecord(path, offset - head, head + sizeBytes);
    if (record === "missing") findings.add("bytes-missing", place, "The segment with the bytes is missing.");
    else if (record === "unreadable") findings.add("bytes-damaged", place, "The segment cannot be read.");
    else if (record.length < head + sizeBytes) {
      findings.add("bytes-short", place, `The segment ends before byte ${offset + sizeBytes}.`);
    } else {
      const isRight = !isReadingBytes || crc32(record.subarray(head)) === expected;
      if (!isRight)
        findings.add("bytes-damaged", place, `The ${sizeBytes} bytes at ${offset} are not what was written.`);
      else if (isReadingBytes) onVerified(sizeBytes);
      const wrong = describeHeader(record.subarray(0, head), owner, { sizeBytes, crc32: expected });
      if (wrong !== undefined) findings.add("record-damaged", place, `The record of the bytes at ${offset} ${wrong}.`);
    }
  };

  const checkFile: BodyChecker["checkFile"] = async (blob, sizeBytes, at) => {
    const path = blobPath(directory, blob);
    const place = { ...at, file: relative(directory, path) };
    const wanted = fileBytes(sizeBytes);
    const size = await sizeOf(path);
    if (typeof size === "string") {
      const isGone = size === "missing";
      findings.add(
        isGone ? "bytes-missing" : "bytes-damaged",
        place,
        isGone ? "The file with the bytes is missing." : "The file with the bytes cannot be looked at.",
      );
    } else if (size < wanted) {
      findings.add("bytes-short", place, `The file has ${size} bytes instead of ${wanted}.`);
    } else if (size > wanted) {
      findings.add("bytes-damaged", place, `The file has ${size} bytes instead of ${wanted}.`);
    } else if (isReadingBytes) {
      const wrong = await findDamage(path, sizeBytes);
      if (wrong === undefined) onVerified(sizeBytes);
      else findings.add("bytes-damaged", place, wrong);
    }
  };

  const findDamage = async (path: string, sizeBytes: number): Promise<string | undefined> => {
    let verified = 0;
    try {
      const file = await openFile(path);
      try {
        const range = { first: 0, last: sizeBytes - 1 };
        const lent = { buffer, giveBack: () => {} };
        for await (const bytes of readFile(file, sizeBytes, range, () => lent)) verified += bytes.length;
        return undefined;
      } finally {
        await file.close();
      }
    } catch (error) {
      const isDamage = codeOf(error) === "ObjectDamaged";
      return `The bytes after ${verified} ${isDamage ? "are not what was written" : "cannot be read"}.`;
    }
  };

  return {
    checkSmall,
    checkFile,
    close() {
      for (const descriptor of segments.values()) closeSync(descriptor);
      segments.clear();
    },
  };
}

/** What is wrong with a header, whose bytes may be intact all the same. */
function describeHeader(
  headerAndOwner: Buffer,
  owner: Buffer,
  payload: { readonly sizeBytes: number; readonly crc32: number },
): string | undefined {
  const header = readHeader(headerAndOwner);
  if (header === undefined || header.ownerBytes !== owner.length || !isIntactHeader(header, headerAndOwner)) {
    return "is damaged: they can be read, and not be moved to another segment";
  }
  if (!headerAndOwner.subarray(headerBytes).equals(owner)) return "belongs to another key";
  if (header.type !== bodyType || header.payloadBytes !== payload.sizeBytes || header.payloadCrc32 !== payload.crc32) {
    return "says something else than the index";
  }
  return undefined;
}

async function sizeOf(path: string): Promise<number | "missing" | "unreadable"> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    return isMissing(error) ? "missing" : "unreadable";
  }
}
