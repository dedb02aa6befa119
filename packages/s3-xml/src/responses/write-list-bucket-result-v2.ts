import { commonPrefixElements, keyElement } from "./members.ts";
import type { EncodingType } from "./url-encoding.ts";
import { type ObjectEntry, writeContents } from "./write-contents.ts";
import { optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** A page of ListObjectsV2. `KeyCount` is counted by the writer. */
export type ListBucketResultV2 = {
  readonly name: string;
  readonly prefix: string;
  readonly startAfter?: string | undefined;
  readonly continuationToken?: string | undefined;
  readonly nextContinuationToken?: string | undefined;
  readonly maxKeys: number;
  readonly delimiter?: string | undefined;
  readonly encodingType?: EncodingType | undefined;
  readonly isTruncated: boolean;
  /** With an owner only when the request said `fetch-owner=true`. */
  readonly contents: readonly ObjectEntry[];
  readonly commonPrefixes: readonly string[];
};

/**
 * The answer of ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 *
 * @example
 * writeListBucketResultV2({ name: "photos", prefix: "", maxKeys: 1000, isTruncated: false, contents: [], commonPrefixes: ["2026/"] });
 */
export function writeListBucketResultV2(result: ListBucketResultV2): string {
  const { encodingType } = result;
  return successDocument(
    "ListBucketResult",
    textElement("Name", result.name) +
      keyElement("Prefix", result.prefix, encodingType) +
      keyElement("StartAfter", result.startAfter, encodingType) +
      optionalElement("ContinuationToken", result.continuationToken) +
      optionalElement("NextContinuationToken", result.nextContinuationToken) +
      `<KeyCount>${result.contents.length + result.commonPrefixes.length}</KeyCount>` +
      `<MaxKeys>${result.maxKeys}</MaxKeys>` +
      keyElement("Delimiter", result.delimiter, encodingType) +
      optionalElement("EncodingType", encodingType) +
      `<IsTruncated>${result.isTruncated}</IsTruncated>` +
      writeContents(result.contents, encodingType) +
      commonPrefixElements(result.commonPrefixes, encodingType),
  );
}
