import type { IncomingMessage } from "node:http";
import type { Authentication } from "../auth/authenticate.ts";
import { answerPreflight, readCrossOrigin } from "../cors/cross-origin-request.ts";
import { parseSiteTarget } from "../http/parse-target.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { getObject } from "../operations/get-object.ts";
import { headObject } from "../operations/head-object.ts";
import type { Peer } from "../peer/find-peer.ts";
import { handleWebsite } from "../website/handle-website.ts";
import { grantAccess } from "./grant-access.ts";
import { type Handling, noParameters, type RequestProgress } from "./handling.ts";
import { bucketUrl, operationContext } from "./operation-context.ts";

type WebsiteRequest = {
  readonly bucket: string;
  readonly message: IncomingMessage;
  readonly peer: Peer;
  readonly requestId: string;
  readonly headers: RequestHeaders;
};

/** A request to the host of a website: it reads as anybody may, and gets pages instead of documents. */
export async function visitWebsite(
  { bucket, message, peer, requestId, headers }: WebsiteRequest,
  options: Handling,
  progress: RequestProgress,
): Promise<S3Response> {
  const { method = "", url: rawTarget = "" } = message;
  progress.operation = "Website";
  const target = parseSiteTarget(rawTarget);
  progress.address = { bucket, key: target.key, query: noParameters };
  if (method === "OPTIONS") {
    progress.operation = "Preflight";
    return answerPreflight(options, { target: { bucket, key: target.key }, headers });
  }
  progress.crossOrigin = readCrossOrigin({ bucket, method }, headers);
  return handleWebsite(
    { bucket, method, target, headers },
    {
      ...options,
      readAsAnyone: async (readMethod, address, readHeaders) => {
        const operation = readMethod === "GET" ? "GetObject" : "HeadObject";
        const unsigned = { ...address, query: noParameters, bareParameters: nothing, mount: "", isVirtualHost: true };
        const receivedAt = options.now();
        const access = await grantAccess(options, {
          operation,
          authentication: nobody,
          target: unsigned,
          key: address.key,
          headers: readHeaders,
          receivedAt,
          message,
          peer,
          requestId,
        });
        const request = {
          ...access,
          ...address,
          query: noParameters,
          headers: readHeaders,
          receivedAt,
          bucketUrl: bucketUrl(unsigned, { host: headers.host, isEncrypted: peer.isEncrypted }),
        };
        return (operation === "GetObject" ? getObject : headObject)(
          operationContext(options, progress, options.store),
          request,
        );
      },
      onBucket: (bucketInfo) => {
        progress.bucketInfo = bucketInfo;
      },
      onRefusal: (refusal) => {
        progress.refusal = refusal;
      },
    },
  );
}

const nobody: Authentication = {
  identity: undefined,
  authType: undefined,
  isPresigned: false,
  payload: { kind: "unsigned" },
};
const nothing: ReadonlySet<string> = new Set();
