import type { IncomingMessage } from "node:http";
import type { Bucket, ObjectStore } from "@stave/object-store";
import { parseBucketLoggingStatus } from "@stave/s3-xml";
import type { Identity } from "../auth/identity.ts";
import type { ConfigurationCache } from "../configuration/bucket-configurations.ts";
import type { RequestKind } from "../gateway/request-record.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { Peer } from "../peer/find-peer.ts";
import { accessRecord } from "./access-record.ts";
import type { AccessLog } from "./create-access-log.ts";

/** A request that has been answered, as far as it was understood. */
export type AnsweredRequest = {
  readonly message: IncomingMessage;
  readonly peer: Peer;
  readonly requestId: string;
  readonly hostId: string;
  readonly operation: RequestKind;
  readonly identity: Identity | undefined;
  /** Undefined when the address could not be read. */
  readonly address: LoggedAddress | undefined;
  /** Undefined for an operation that is not on a bucket, and for who may not use it. */
  readonly bucketInfo: Bucket | undefined;
  readonly answer: S3Response;
  readonly errorCode: string | undefined;
  readonly isCutShort: boolean;
  readonly durationMs: number;
};

export type LoggedAddress = {
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
};

type RecorderOptions = {
  readonly log: AccessLog;
  readonly store: ObjectStore;
  readonly configurations: ConfigurationCache;
  readonly now: () => Date;
};

/** For who is refused the bucket and its configurations are looked for; a flood of them may do so only this often at a time. */
const maxLookUps = 1000;

/** Makes what writes a record for each request to a bucket that logs. It throws nothing and waits for nothing. */
export function createAccessRecorder({ log, store, configurations, now }: RecorderOptions) {
  let lookUps = 0;

  const record = async (request: AnsweredRequest, { bucket: name, key, query }: LoggedAddress): Promise<void> => {
    const bucket = request.bucketInfo ?? (await store.readBucket(name));
    if (bucket === undefined) return;
    const status = (await configurations.of(bucket)).parsed("logging", parseBucketLoggingStatus);
    if (status?.loggingEnabled === undefined) return;
    const receivedAt = new Date(now().getTime() - request.durationMs);
    const line = accessRecord({
      ...describe(request),
      bucketOwnerId: bucket.ownerId,
      bucket: name,
      key,
      receivedAt,
      requesterId: request.identity?.account.id,
      versionId: query.get("versionId"),
    });
    log.add({ bucket: name, ownerId: bucket.ownerId, logging: status.loggingEnabled }, line, receivedAt);
  };

  return (request: AnsweredRequest): void => {
    const { address } = request;
    if (address === undefined) return;
    if (lookUps >= maxLookUps) {
      log.lose(1);
      return;
    }
    lookUps += 1;
    const written = record(request, address)
      .catch(() => log.lose(1))
      .finally(() => {
        lookUps -= 1;
      });
    log.waitFor(written);
  };
}

function describe({ message, peer, answer, errorCode, isCutShort, ...request }: AnsweredRequest) {
  const { method = "", url = "", httpVersion, headers } = message;
  const { requestId, hostId, operation, durationMs } = request;
  return {
    requestId,
    hostId,
    operation,
    durationMs,
    method,
    httpVersion,
    errorCode,
    rawTarget: url,
    remoteAddress: peer.address,
    status: answer.status,
    sentBytes: method === "HEAD" || isCutShort ? undefined : bodyBytes(answer),
    objectBytes: errorCode === undefined ? objectBytes(message, answer) : undefined,
    referer: headers.referer,
    userAgent: headers["user-agent"],
    authentication: headers.authorization === undefined ? ("QueryString" as const) : ("AuthHeader" as const),
    host: headers.host,
  };
}

function bodyBytes({ content, xml }: S3Response): number {
  return content?.sizeBytes ?? (xml === undefined ? 0 : Buffer.byteLength(xml));
}

/** Of what was read, all of it when only a range was asked for; of what was written, what the sender said. */
function objectBytes({ method, headers }: IncomingMessage, answer: S3Response): number | undefined {
  if (method === "PUT") {
    const declared = headers["x-amz-decoded-content-length"] ?? headers["content-length"];
    return typeof declared === "string" && /^\d{1,15}$/.test(declared) ? Number(declared) : undefined;
  }
  const total = /\/(\d+)$/.exec(answer.headers?.["content-range"] ?? "")?.[1] ?? answer.headers?.["content-length"];
  return total === undefined ? answer.content?.sizeBytes : Number(total);
}
