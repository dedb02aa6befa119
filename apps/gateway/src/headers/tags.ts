import { maxBucketTags, maxObjectTags, type Tag } from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";

const maxKeyLength = 128;
const maxValueLength = 256;
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Throws `BadRequest` for too many tags and `InvalidTag` for one that S3 does not take. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
export function checkTags(tags: readonly Tag[], kind: "object" | "bucket"): void {
  const max = kind === "object" ? maxObjectTags : maxBucketTags;
  if (tags.length > max) {
    const subject = kind === "object" ? "Object" : "Bucket";
    throw new S3Error("BadRequest", `${subject} tags cannot be greater than ${max}`);
  }
  const keys = new Set<string>();
  for (const { key, value } of tags) {
    const problem = problemOf(key, value);
    if (problem !== undefined) throw invalidTag(problem, { key, value });
    if (keys.has(key)) throw invalidTag("Cannot provide multiple Tags with the same key", { key, value });
    keys.add(key);
  }
}

/** The tags of a version as the store keeps them. */
export function toTagRecord(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

export function fromTagRecord(tags: Readonly<Record<string, string>> = {}): readonly Tag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function problemOf(key: string, value: string): string | undefined {
  if (key.length === 0 || lengthOf(key) > maxKeyLength || !allowed.test(key)) {
    return "The TagKey you have provided is invalid";
  }
  if (key.startsWith("aws:")) return "System tags cannot be added/updated by requester";
  if (lengthOf(value) > maxValueLength || !allowed.test(value)) return "The TagValue you have provided is invalid";
  return undefined;
}

/** In characters, not in units of UTF-16. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function invalidTag(message: string, { key, value }: Tag): S3Error {
  return new S3Error("InvalidTag", message, { elements: { TagKey: key, TagValue: value } });
}
