// Server access log format: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html

import type { RequestKind } from "../gateway/request-record.ts";
import { decodePercent } from "../http/decode-percent.ts";
import { operationCode } from "./operation-code.ts";

/** A request that is over. Names, paths and headers are as they came from outside. */
export type AccessFacts = {
  readonly bucketOwnerId: string;
  readonly bucket: string;
  readonly key: string;
  readonly receivedAt: Date;
  readonly remoteAddress: string | undefined;
  /** Undefined: nobody signed, or not well. */
  readonly requesterId: string | undefined;
  readonly requestId: string;
  readonly hostId: string;
  readonly operation: RequestKind;
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly rawTarget: string;
  readonly httpVersion: string;
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly sentBytes: number | undefined;
  readonly objectBytes: number | undefined;
  readonly durationMs: number;
  readonly referer: string | undefined;
  readonly userAgent: string | undefined;
  readonly versionId: string | undefined;
  readonly authentication: "AuthHeader" | "QueryString" | undefined;
  readonly host: string | undefined;
};

/** One line, with its end. Whatever a client sends, it stays one line with the same fields. */
export function accessRecord(facts: AccessFacts): string {
  const { requesterId, authentication } = facts;
  const fields = [
    facts.bucketOwnerId,
    facts.bucket,
    `[${timestamp(facts.receivedAt)}]`,
    bare(facts.remoteAddress),
    bare(requesterId),
    facts.requestId,
    operationCode(facts),
    keyField(facts.key),
    quoted(`${facts.method} ${withoutSecrets(facts.rawTarget)} HTTP/${facts.httpVersion}`),
    String(facts.status),
    bare(facts.errorCode),
    count(facts.sentBytes),
    count(facts.objectBytes),
    count(Math.round(facts.durationMs)),
    "-", // turn-around time
    quoted(facts.referer),
    quoted(facts.userAgent),
    bare(facts.versionId),
    facts.hostId,
    requesterId === undefined || authentication === undefined ? "-" : "SigV4",
    "-", // cipher suite: this server speaks HTTP
    requesterId === undefined ? "-" : bare(authentication),
    bare(facts.host),
    "-", // TLS version
    "-", // access point
    "-", // whether an ACL was needed
  ];
  return `${fields.join(" ")}\n`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function timestamp(date: Date): string {
  const [day = "", time = ""] = date.toISOString().split("T");
  const [year, month, dayOfMonth] = day.split("-");
  return `${dayOfMonth}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}

/** Zero is written as nothing, as S3 does. */
function count(value: number | undefined): string {
  return value === undefined || value === 0 ? "-" : String(value);
}

/** A key whose name is `-` must not look like none. */
function keyField(key: string): string {
  if (key === "") return "-";
  return key === "-" ? "%2D" : encodeURIComponent(key).replaceAll("%2F", "/");
}

function bare(text: string | undefined): string {
  return text === undefined || text === "" ? "-" : escaped(text).replaceAll(" ", "%20");
}

function quoted(text: string | undefined): string {
  return text === undefined || text === "" ? '"-"' : `"${escaped(text)}"`;
}

/** Headers are one character a byte. A quotation mark would end the field, and readers of logs know no other escape. */
function escaped(text: string): string {
  return text.replaceAll(
    /[^\x20-\x7e]|"/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** A presigned URL in a log would be as good as the key that signed it, and the key of SSE-C opens the object. */
function withoutSecrets(rawTarget: string): string {
  const mark = rawTarget.indexOf("?");
  if (mark === -1) return rawTarget;
  const pairs = rawTarget.slice(mark + 1).split("&");
  return `${rawTarget.slice(0, mark)}?${pairs.map(withoutSecret).join("&")}`;
}

const secretNames = /^(x-amz-signature|x-amz-security-token|signature|.*-customer-key)$/;

function withoutSecret(pair: string): string {
  const equals = pair.indexOf("=");
  if (equals === -1) return pair;
  const name = pair.slice(0, equals);
  return secretNames.test(decodedName(name)) ? `${name}=REDACTED` : pair;
}

function decodedName(name: string): string {
  try {
    return decodePercent(name).toLowerCase();
  } catch {
    return "signature"; // what cannot be read may be anything
  }
}
