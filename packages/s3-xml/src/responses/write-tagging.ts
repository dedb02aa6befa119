import { tagElements } from "./members.ts";
import { successDocument } from "./xml-writer.ts";

/** One tag of an object or a bucket. */
export type Tag = { readonly key: string; readonly value: string };

/** The answer of GetObjectTagging and GetBucketTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export function writeTagging(tags: readonly Tag[]): string {
  return successDocument("Tagging", `<TagSet>${tagElements(tags)}</TagSet>`);
}
