// CompleteMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
import { malformedXml } from "../xml-error.ts";
import { type ParseOptions, readDocument } from "./read-document.ts";
import { stripQuotes } from "./strip-quotes.ts";
import { childElements, childrenNamed, leafText, requiredText, type XmlElement } from "./xml-element.ts";

/** A part of the finished object, as the client lists it. */
export type CompletedPart = {
  /** An integer. Its range and the order of the parts are the caller's to check. */
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** By element name: `ChecksumCRC32`, `ChecksumSHA256`, ... Values as sent. */
  readonly checksums: Readonly<Record<string, string>>;
};

/** The body of CompleteMultipartUpload. */
export type CompleteMultipartUploadRequest = {
  /** 1 to 10,000, in the order of the request. */
  readonly parts: readonly CompletedPart[];
};

/** The default cap of {@link parseCompleteMultipartUpload}: 4 MiB. 10,000 parts with SHA-256 checksums take 1.8 MB. */
export const maxCompleteMultipartUploadBytes = 4 * 1_048_576;

/**
 * Reads the body of CompleteMultipartUpload. Throws `MalformedXML`, also for no parts, more than 10,000 or one without a
 * number or an ETag, and `MaxMessageLengthExceeded`.
 */
export function parseCompleteMultipartUpload(
  xml: Uint8Array,
  { maxBytes = maxCompleteMultipartUploadBytes }: ParseOptions = {},
): CompleteMultipartUploadRequest {
  const root = readDocument(xml, { root: "CompleteMultipartUpload", maxBytes, maxMarkup: 200_000 });
  const parts = childrenNamed(root, "Part");
  if (parts.length === 0 || parts.length > 10_000) {
    throw malformedXml(`Expected 1 to 10000 parts, got ${parts.length}`);
  }
  return { parts: parts.map(readPart) };
}

function readPart(part: XmlElement): CompletedPart {
  const partNumber = requiredText(part, "PartNumber").trim();
  if (!/^-?\d{1,9}$/.test(partNumber)) throw malformedXml("Expected PartNumber to be an integer");
  const etag = stripQuotes(requiredText(part, "ETag"));
  if (etag === "") throw malformedXml("Expected Part to have an ETag");
  return { partNumber: Number(partNumber), etag, checksums: readChecksums(part) };
}

function readChecksums(part: XmlElement): Readonly<Record<string, string>> {
  const checksums: Record<string, string> = {};
  for (const child of childElements(part)) {
    if (!child.name.startsWith("Checksum")) continue;
    if (Object.hasOwn(checksums, child.name)) throw malformedXml(`Expected one of each checksum in ${part.name}`);
    checksums[child.name] = leafText(child).trim();
  }
  return checksums;
}
