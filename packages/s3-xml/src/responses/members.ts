import { type EncodingType, encodeKeyForUrlEncoding } from "./url-encoding.ts";
import type { Tag } from "./write-tagging.ts";
import { textElement } from "./xml-writer.ts";

/** An owner or initiator, by the canonical id that is the same in every document. */
export type Owner = { readonly id: string; readonly displayName?: string | undefined };

/** An additional checksum: base64, with `-N` after it when composite. The algorithm is one of S3's names (`CRC64NVME`). */
export type ChecksumMember = { readonly algorithm: string; readonly value: string };

export function ownerElement(name: "Owner" | "Initiator", owner: Owner | undefined): string {
  if (owner === undefined) return "";
  const displayName = owner.displayName === undefined ? "" : textElement("DisplayName", owner.displayName);
  return `<${name}>${textElement("ID", owner.id)}${displayName}</${name}>`;
}

export function checksumElement(checksum: ChecksumMember | undefined): string {
  if (checksum === undefined) return "";
  const name = checksumElementNames.get(checksum.algorithm);
  if (name === undefined) {
    throw new TypeError(`Expected \`algorithm\` to be a checksum algorithm of S3, got ${checksum.algorithm}`);
  }
  return textElement(name, checksum.value);
}

// A table, not a concatenation: an algorithm must never become markup.
const checksumElementNames: ReadonlyMap<string, string> = new Map(
  ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"].map(
    (algorithm) => [algorithm, `Checksum${algorithm}`],
  ),
);

/** An element that `encoding-type=url` applies to. */
export function keyElement(name: string, text: string | undefined, encodingType: EncodingType | undefined): string {
  if (text === undefined) return "";
  // The encoded form holds nothing that XML would escape.
  return encodingType === "url" ? `<${name}>${encodeKeyForUrlEncoding(text)}</${name}>` : textElement(name, text);
}

export function commonPrefixElements(prefixes: readonly string[], encodingType: EncodingType | undefined): string {
  let xml = "";
  for (const prefix of prefixes)
    xml += `<CommonPrefixes>${keyElement("Prefix", prefix, encodingType)}</CommonPrefixes>`;
  return xml;
}

export function tagElements(tags: readonly Tag[]): string {
  let xml = "";
  for (const { key, value } of tags) xml += `<Tag>${textElement("Key", key)}${textElement("Value", value)}</Tag>`;
  return xml;
}
