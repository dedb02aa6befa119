import {
  type CorsConfiguration,
  type CorsRule,
  maxCorsRules,
  parseCorsConfiguration,
  writeCorsConfiguration,
} from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import { deleteStored, getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

/** GetBucketCors: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export const getBucketCors = getStored(
  "cors",
  absentConfiguration("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
);

/** PutBucketCors: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export const putBucketCors = putStored("cors", {
  parse: parseCorsConfiguration,
  write: writeCorsConfiguration,
  check: checkCors,
});

/** DeleteBucketCors: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html */
export const deleteBucketCors = deleteStored("cors");

const methods = new Set(["GET", "PUT", "HEAD", "POST", "DELETE"]);
const maxIdLength = 255;

function checkCors({ rules }: CorsConfiguration): void {
  if (rules.length > maxCorsRules) {
    throw invalid(`The number of CORS rules should not exceed allowed limit of ${maxCorsRules} rules.`);
  }
  const ids = rules.map(({ id }) => id).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) throw invalid("The ID of a CORS rule must be unique.");
  for (const rule of rules) checkRule(rule);
}

function checkRule({
  id,
  allowedMethods,
  allowedOrigins,
  allowedHeaders,
  exposeHeaders,
  maxAgeSeconds,
}: CorsRule): void {
  if (id !== undefined && id.length > maxIdLength) {
    throw new S3Error("InvalidArgument", `The ID of a CORS rule cannot be longer than ${maxIdLength} characters.`);
  }
  const unknown = allowedMethods.find((method) => !methods.has(method));
  if (unknown !== undefined) {
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`);
  }
  for (const origin of allowedOrigins) checkPattern("AllowedOrigin", origin);
  for (const header of allowedHeaders) checkPattern("AllowedHeader", header);
  for (const header of exposeHeaders) {
    if (header.includes("*")) {
      throw invalid(
        `ExposeHeader "${header}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
      );
    }
    // It becomes part of a header of every answer.
    if (!headerName.test(header)) throw invalid(`ExposeHeader "${header}" is not the name of a header.`);
  }
  if (maxAgeSeconds !== undefined && (maxAgeSeconds < 0 || maxAgeSeconds > maxInteger)) {
    throw invalid(`MaxAgeSeconds must be between 0 and ${maxInteger}.`);
  }
}

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
const maxInteger = 2 ** 31 - 1;

function checkPattern(name: string, pattern: string): void {
  if (pattern === "") throw invalid(`${name} must not be empty.`);
  if (pattern.indexOf("*") !== pattern.lastIndexOf("*")) {
    throw invalid(`${name} "${pattern}" can not have more than one wildcard.`);
  }
}

function invalid(message: string): S3Error {
  return new S3Error("InvalidRequest", message);
}
