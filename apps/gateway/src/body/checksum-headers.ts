// Object integrity headers: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
import { type ChecksumAlgorithm, checksumAlgorithms, isChecksumValue } from "@stave/s3-checksum";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

const prefix = "x-amz-checksum-";
/** What S3 computes of every object that comes without a checksum. */
export const defaultChecksum: ChecksumAlgorithm = "CRC64NVME";

/** Share the prefix of the checksum headers, and say how instead of what. */
const notAChecksum = new Set(["x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type"]);

/** The checksum a client sends along, or announces as a trailer. */
export type ClientChecksum = {
  readonly algorithm: ChecksumAlgorithm;
  readonly header: string;
  /** Absent when it comes as a trailer. */
  readonly value?: string;
};

/**
 * Throws `InvalidRequest` for more than one checksum, an unknown algorithm, a value that cannot be one, and headers that
 * contradict each other: a checksum that is sent is never ignored.
 */
export function readClientChecksum(headers: RequestHeaders): ClientChecksum | undefined {
  const announced = trailerNames(headers["x-amz-trailer"]);
  const names = [...announced];
  for (const name of Object.keys(headers)) if (name.startsWith(prefix) && !notAChecksum.has(name)) names.push(name);
  if (names.length > 1) {
    throw invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
  const header = names[0];
  const declared = headers["x-amz-sdk-checksum-algorithm"];
  if (header === undefined) {
    if (declared === undefined) return undefined;
    throw invalid(
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    );
  }
  const algorithm = algorithmOfHeader(header);
  if (declared !== undefined && parseAlgorithm(declared) !== algorithm) {
    throw invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  if (announced.length > 0) return { algorithm, header };
  const value = headers[header] ?? "";
  if (!isChecksumValue(algorithm, value)) throw invalid(`Value for ${header} header is invalid.`);
  return { algorithm, header, value };
}

/** Reads `CRC32`, `crc32`, ... Throws `InvalidRequest` for an algorithm Stave does not compute. */
export function parseAlgorithm(text: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithms.find((known) => known === text.toUpperCase());
  if (algorithm === undefined) {
    throw invalid(
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${checksumAlgorithms.join(", ")}]`,
    );
  }
  return algorithm;
}

export function checksumHeader(algorithm: string): string {
  return prefix + algorithm.toLowerCase();
}

function algorithmOfHeader(header: string): ChecksumAlgorithm {
  return parseAlgorithm(header.slice(prefix.length));
}

function trailerNames(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  const names = header.split(",").map((name) => name.trim().toLowerCase());
  for (const name of names) {
    if (!name.startsWith(prefix)) throw invalid("The value specified in the x-amz-trailer header is not supported");
  }
  return names;
}

function invalid(message: string): S3Error {
  return new S3Error("InvalidRequest", message);
}
