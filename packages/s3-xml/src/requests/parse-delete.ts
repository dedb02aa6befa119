// DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
import { malformedXml } from "../xml-error.ts";
import { type ParseOptions, readDocument } from "./read-document.ts";
import { stripQuotes } from "./strip-quotes.ts";
import { childrenNamed, optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/** An object to delete. */
export type ObjectIdentifier = {
  /** Byte for byte as sent. Not checked for length. */
  readonly key: string;
  /** May be empty, if it was sent so. */
  readonly versionId?: string;
  /** Without quotes. Delete only while the object has this one, or `*`. */
  readonly etag?: string;
  /** A condition, in S3 for directory buckets only, as sent: a server that does not evaluate it must refuse it. */
  readonly lastModifiedTime?: string;
  /** As `lastModifiedTime`. */
  readonly size?: string;
};

/** The body of DeleteObjects. */
export type DeleteRequest = {
  /** Report errors only. */
  readonly quiet: boolean;
  /** 1 to 1,000, in the order of the request; the same key may occur again. */
  readonly objects: readonly ObjectIdentifier[];
};

/** The default cap of {@link parseDelete}: 4 MiB. 1,000 keys of 1,024 bytes exceed 1 MiB before they are escaped. */
export const maxDeleteBytes = 4 * 1_048_576;

/**
 * Reads the body of DeleteObjects. Throws `MalformedXML`, also for no objects, more than 1,000 or one without a key, and
 * `MaxMessageLengthExceeded`.
 *
 * @example
 * const { objects } = parseDelete(Buffer.from("<Delete><Object><Key> 007 </Key></Object></Delete>"));
 * objects[0].key; // " 007 "
 */
export function parseDelete(xml: Uint8Array, { maxBytes = maxDeleteBytes }: ParseOptions = {}): DeleteRequest {
  const root = readDocument(xml, { root: "Delete", maxBytes, maxMarkup: 20_000 });
  const objects = childrenNamed(root, "Object");
  if (objects.length === 0 || objects.length > 1000) {
    throw malformedXml(`Expected 1 to 1000 objects, got ${objects.length}`);
  }
  return { quiet: readQuiet(root), objects: objects.map(readObject) };
}

function readQuiet(root: XmlElement): boolean {
  const text = optionalText(root, "Quiet")?.trim() ?? "false";
  if (text !== "true" && text !== "false") throw malformedXml("Expected Quiet to be true or false");
  return text === "true";
}

function readObject(object: XmlElement): ObjectIdentifier {
  const key = requiredText(object, "Key");
  const versionId = optionalText(object, "VersionId");
  const etag = optionalText(object, "ETag");
  const lastModifiedTime = optionalText(object, "LastModifiedTime");
  const size = optionalText(object, "Size");
  return {
    key,
    ...(versionId !== undefined && { versionId }),
    ...(etag !== undefined && { etag: stripQuotes(etag) }),
    ...(lastModifiedTime !== undefined && { lastModifiedTime }),
    ...(size !== undefined && { size }),
  };
}
