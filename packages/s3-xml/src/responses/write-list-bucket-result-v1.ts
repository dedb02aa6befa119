import { commonPrefixElements, keyElement } from "./members.ts";
import type { EncodingType } from "./url-encoding.ts";
import { type ObjectEntry, writeContents } from "./write-contents.ts";
import { optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** A page of ListObjects. S3 always shows the owner here. */
export type ListBucketResultV1 = {
  readonly name: string;
  readonly prefix: string;
  readonly marker: string;
  readonly nextMarker?: string | undefined;
  readonly maxKeys: number;
  readonly delimiter?: string | undefined;
  readonly encodingType?: EncodingType | undefined;
  readonly isTruncated: boolean;
  readonly contents: readonly ObjectEntry[];
  readonly commonPrefixes: readonly string[];
};

/** The answer of ListObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export function writeListBucketResultV1(result: ListBucketResultV1): string {
  const { encodingType } = result;
  return successDocument(
    "ListBucketResult",
    textElement("Name", result.name) +
      keyElement("Prefix", result.prefix, isWritable(result.prefix) ? undefined : encodingType) +
      keyElement("Marker", result.marker, encodingType) +
      keyElement("NextMarker", result.nextMarker, encodingType) +
      `<MaxKeys>${result.maxKeys}</MaxKeys>` +
      keyElement("Delimiter", result.delimiter, encodingType) +
      optionalElement("EncodingType", encodingType) +
      `<IsTruncated>${result.isTruncated}</IsTruncated>` +
      writeContents(result.contents, encodingType) +
      commonPrefixElements(result.commonPrefixes, encodingType),
  );
}

/**
 * Botocore asks for `encoding-type=url` by itself and decodes every member of this document but `Prefix` (1.44, and S3's
 * public test suite expects the same), so its users would see an encoded one. Only what XML cannot carry is encoded.
 */
function isWritable(prefix: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(prefix);
}
