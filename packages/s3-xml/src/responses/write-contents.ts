import { keyElement, type Owner, ownerElement } from "./members.ts";
import type { EncodingType } from "./url-encoding.ts";
import { createIsoFormat, etagElement, optionalElement, textElement } from "./xml-writer.ts";

/** An object as listings show it. */
export type ObjectEntry = {
  readonly key: string;
  readonly lastModified: Date;
  /** Without quotes. */
  readonly etag: string;
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: string | undefined;
  readonly sizeBytes: number;
  readonly storageClass: string;
  readonly owner?: Owner | undefined;
};

/** The `Contents` elements of ListObjects and ListObjectsV2. */
export function writeContents(objects: readonly ObjectEntry[], encodingType: EncodingType | undefined): string {
  const objectMembers = createObjectMembers();
  let xml = "";
  for (const object of objects) {
    xml += `<Contents>${keyElement("Key", object.key, encodingType)}${objectMembers(object)}</Contents>`;
  }
  return xml;
}

/** Writes the members that `Contents` and `Version` share, in their order. One for each document. */
export function createObjectMembers(): (object: ObjectEntry) => string {
  const iso = createIsoFormat();
  return (object) =>
    `<LastModified>${iso(object.lastModified)}</LastModified>` +
    etagElement(object.etag) +
    optionalElement("ChecksumAlgorithm", object.checksumAlgorithm) +
    optionalElement("ChecksumType", object.checksumType) +
    `<Size>${object.sizeBytes}</Size>` +
    textElement("StorageClass", object.storageClass) +
    ownerElement("Owner", object.owner);
}
