// PutBucketCors: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import {
  checkMembers,
  omitUndefined,
  optionalInteger,
  requiredChildren,
  requiredTexts,
  texts,
} from "./typed-members.ts";
import { optionalText, type XmlElement } from "./xml-element.ts";

/** Which pages of other origins may do what. All text is as sent. */
export type CorsRule = {
  readonly id?: string | undefined;
  /** At least one. */
  readonly allowedOrigins: readonly string[];
  /** At least one. */
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number | undefined;
};

/** The cross-origin rules of a bucket: at least one, the first that matches holds. */
export type CorsConfiguration = { readonly rules: readonly CorsRule[] };

/** As many rules as a bucket may have; the caller's to check. */
export const maxCorsRules = 100;

/**
 * Reads the body of PutBucketCors.
 *
 * Throws `MalformedXML`, also for no rule, a rule without an origin or a method and an age that is no integer, and
 * `MaxMessageLengthExceeded`. The number of rules, unknown methods (S3 has an `InvalidRequest` of its own for them),
 * wildcards and negative ages are the caller's to check.
 */
export function parseCorsConfiguration(xml: Uint8Array, options?: ParseOptions): CorsConfiguration {
  const root = readConfiguration(xml, { ...options, root: "CORSConfiguration" });
  checkMembers(root, ["CORSRule"]);
  return { rules: requiredChildren(root, "CORSRule").map(readRule) };
}

function readRule(rule: XmlElement): CorsRule {
  checkMembers(rule, ["ID", "AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader", "MaxAgeSeconds"]);
  return omitUndefined({
    id: optionalText(rule, "ID"),
    allowedOrigins: requiredTexts(rule, "AllowedOrigin"),
    allowedMethods: requiredTexts(rule, "AllowedMethod"),
    allowedHeaders: texts(rule, "AllowedHeader"),
    exposeHeaders: texts(rule, "ExposeHeader"),
    maxAgeSeconds: optionalInteger(rule, "MaxAgeSeconds"),
  });
}
