import type { ProblemCode } from "../problem.ts";
import { z } from "../zod.ts";
import { serviceQuery } from "./service-query.ts";

export const tag = "Storage";

/** Names with these endings mean something else than a bucket to clients of AWS. */
const reservedEnding = /--(?:x|ol|op|table)-s3$|-s3alias$/;

export const bucketParams = {
  bucket: z
    .string()
    .regex(/^[A-Za-z\d][\w.-]{1,253}[A-Za-z\d]$/)
    .refine((name) => !reservedEnding.test(name))
    .openapi({ not: { pattern: reservedEnding.source } }),
};

const notNames = /^\d+\.\d+\.\d+\.\d+$|^xn--|\.\./;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const newBucketName = z
  .string()
  .min(3)
  .max(63)
  .regex(/^[a-z\d][a-z\d.-]*[a-z\d]$/, "Expected 3 to 63 lower-case letters, digits, hyphens and single dots")
  .refine((name) => !notNames.test(name), "Expected neither an address, nor `..`, nor a beginning that is reserved")
  .refine((name) => !reservedEnding.test(name), "Expected a name without an ending that is reserved")
  .openapi({ not: { pattern: `${notNames.source}|${reservedEnding.source}` } });

const maxKeyBytes = 1024;

export const objectKey = z
  .string()
  .min(1)
  .max(maxKeyBytes)
  .refine(
    (key) => key.isWellFormed() && new TextEncoder().encode(key).length <= maxKeyBytes,
    `Expected at most ${maxKeyBytes} bytes of UTF-8`,
  );

/** Byte for byte: each key is escaped once, as `encodeURIComponent` does; a slash may stand as it is. */
export const objectParams = { ...bucketParams, key: objectKey };

export const versionId = z.string().min(1).max(1024);

export const versionQuery = { ...serviceQuery, versionId: versionId.optional() };

/** What an engine can answer to anything. */
export const storageProblems = ["CONFLICT", "NOT_IMPLEMENTED", "UNAVAILABLE"] as const satisfies ProblemCode[];

const headerText = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[\x20-\x7e]+$/, "Expected printable ASCII");

export const contentType = headerText(256);

/** What is told about the bytes of an object when they are read. */
export const contentHeaders = {
  contentType,
  cacheControl: headerText(1024),
  contentDisposition: headerText(1024),
  contentEncoding: headerText(128),
  contentLanguage: headerText(128),
};

/** What keys of a record may be: JSON Schema has words for it, the types of the generator have not. */
function namesOf(description: string, propertyNames: Readonly<Record<string, string | number>>) {
  return { description, propertyNames };
}

export const tagNames = namesOf("Names have 1 to 128 characters.", { minLength: 1, maxLength: 128 });

const headerName = /^[a-z\d!#$%&'*+.^_`|~-]{1,128}$/;

/** Names of headers, and values as headers hold them. S3 allows 2 KB. */
export const userMetadata = z
  .record(
    z.string().regex(headerName, "Expected a lower-case name of a header"),
    z
      .string()
      .max(2048)
      .regex(/^[\x20-\x7e]*$/, "Expected printable ASCII"),
  )
  .openapi(namesOf("Names are lower-case names of headers.", { pattern: headerName.source }));

export const tagsSchema = z.record(z.string().min(1).max(128), z.string().max(256)).openapi(tagNames);
