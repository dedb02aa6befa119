import type { ObjectVersion } from "@stave/object-store";
import type { ConditionValues } from "@stave/s3-policy";
import { readCopySource } from "../headers/copy-source.ts";
import type { Authorization } from "./authorization.ts";

/** What of a request the conditions of policies can look at; one for the service has no bucket. */
export type ConditionSource = Omit<Authorization, "bucket" | "rules" | "isUnrestricted"> & {
  readonly bucket: Authorization["bucket"] | undefined;
};

/** A day, for retention that is counted in days. */
const dayMs = 24 * 60 * 60 * 1000;

/**
 * What policies can look at, from the server's view: who asks and from where comes from the proof of identity and the
 * connection, whatever headers of the same names say.
 */
export function conditionValues(
  authorization: ConditionSource,
  object: Pick<ObjectVersion, "attributes"> | undefined,
): ConditionValues {
  return (key) => {
    const fixed = serverValues.get(key);
    if (fixed !== undefined) return list(fixed(authorization));
    if (key.startsWith("s3:existingobjecttag/")) {
      return list(ownValue(object?.attributes?.tags, key.slice("s3:existingobjecttag/".length)));
    }
    if (key.startsWith("s3:requestobjecttag")) return requestTags(key, authorization);
    return key.startsWith("s3:x-amz-") ? list(authorization.headers[key.slice("s3:".length)]) : undefined;
  };
}

type Read = (authorization: ConditionSource) => string | undefined;

const serverValues: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["aws:currenttime", ({ receivedAt }) => receivedAt.toISOString()],
  ["aws:epochtime", ({ receivedAt }) => String(Math.floor(receivedAt.getTime() / 1000))],
  [
    "aws:principalaccount",
    ({ identity: { requester } }) => (requester.kind === "user" ? requester.accountId : undefined),
  ],
  ["aws:principalarn", ({ identity: { requester } }) => (requester.kind === "user" ? requester.arn : undefined)],
  ["aws:principaltype", ({ identity: { requester } }) => (requester.kind === "user" ? "User" : "Anonymous")],
  ["aws:userid", ({ identity: { requester } }) => (requester.kind === "user" ? requester.canonicalId : undefined)],
  [
    "aws:username",
    ({ identity: { requester }, account }) => (requester.kind === "user" ? account.displayName : undefined),
  ],
  ["aws:referer", ({ headers }) => headers.referer],
  ["aws:useragent", ({ headers }) => headers["user-agent"]],
  ["aws:securetransport", ({ peer }) => String(peer.isEncrypted)],
  ["aws:sourceip", ({ peer }) => peer.address],
  ["s3:authtype", ({ authType }) => authType],
  ["s3:signatureversion", ({ authType }) => (authType === undefined ? undefined : "AWS4-HMAC-SHA256")],
  ["s3:signatureage", signatureAge],
  ["s3:delimiter", ({ query }) => query.get("delimiter")],
  ["s3:max-keys", ({ query }) => query.get("max-keys")],
  ["s3:prefix", ({ query, missingKey }) => missingKey ?? query.get("prefix")],
  ["s3:versionid", ({ versionId }) => versionId],
  ["s3:if-match", ({ headers }) => headers["if-match"]],
  ["s3:if-none-match", ({ headers }) => headers["if-none-match"]],
  ["s3:object-lock-mode", ({ headers }) => headers["x-amz-object-lock-mode"]],
  ["s3:object-lock-legal-hold", ({ headers }) => headers["x-amz-object-lock-legal-hold"]],
  ["s3:object-lock-retain-until-date", ({ headers }) => headers["x-amz-object-lock-retain-until-date"]],
  ["s3:object-lock-remaining-retention-days", remainingRetentionDays],
  ["s3:resourceaccount", ({ bucket }) => bucket?.ownerId],
  ["s3:objectcreationoperation", ({ operation }) => creates.get(operation)],
  ["s3:x-amz-copy-source", copySource],
  ["stave:bucketcreatedat", ({ bucket }) => bucket?.createdAt.toISOString()],
]);

const creates: ReadonlyMap<string, string> = new Map([
  ["PutObject", "true"],
  ["PostObject", "true"],
  ["CopyObject", "true"],
  ["CompleteMultipartUpload", "true"],
  ["CreateMultipartUpload", "false"],
  ["UploadPart", "false"],
  ["UploadPartCopy", "false"],
]);

function list(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}

function ownValue(record: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** In the one spelling, so that no other encoding of a name slips past a condition. */
function copySource({ headers }: ConditionSource): string | undefined {
  if (headers["x-amz-copy-source"] === undefined) return undefined;
  const { bucket, key } = readCopySource(headers);
  return `${bucket}/${key}`;
}

function requestTags(key: string, authorization: ConditionSource): readonly string[] | undefined {
  const asked = authorization.requestTags ?? authorization.headers["x-amz-tagging"];
  if (asked === undefined) return undefined;
  const tags = new URLSearchParams(asked);
  if (key === "s3:requestobjecttagkeys") return [...tags.keys()];
  const values = tags.getAll(key.slice("s3:requestobjecttag/".length));
  return values.length === 0 ? undefined : values;
}

/** In milliseconds. */
function signatureAge({ headers, query, authType, receivedAt }: ConditionSource): string | undefined {
  const text = authType === "REST-QUERY-STRING" ? query.get("X-Amz-Date") : headers["x-amz-date"];
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? "");
  const signedAtMs = parts === null ? Date.parse(headers.date ?? "") : Date.parse(isoTime(parts));
  return Number.isNaN(signedAtMs) ? undefined : String(receivedAt.getTime() - signedAtMs);
}

function isoTime([, year, month, day, hour, minute, second]: RegExpExecArray): string {
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function remainingRetentionDays({ headers, receivedAt }: ConditionSource): string | undefined {
  const untilMs = Date.parse(headers["x-amz-object-lock-retain-until-date"] ?? "");
  return Number.isNaN(untilMs) ? undefined : String(Math.ceil((untilMs - receivedAt.getTime()) / dayMs));
}
