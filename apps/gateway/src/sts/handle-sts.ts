// The query protocol of STS: https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html
import { hash } from "node:crypto";
import { openBody } from "../body/open-body.ts";
import { readDocument } from "../body/read-document.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { Handling, Incoming, RequestProgress } from "../gateway/handling.ts";
import type { Target } from "../http/parse-target.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { stsActions } from "./actions.ts";
import { readStsCall } from "./read-sts-call.ts";
import { stsResponse } from "./sts-documents.ts";

/** Read before anybody is known. */
const maxBodyBytes = 8 * 1024;

type Addressed = { readonly target: Target; readonly headers: RequestHeaders };

/** Of S3 no such form is posted anywhere. One that is sent to the service itself is a call of STS. */
export function isForm(method: string, headers: RequestHeaders): boolean {
  return (
    method === "POST" && headers["content-type"]?.toLowerCase().startsWith("application/x-www-form-urlencoded") === true
  );
}

/** The way of a call: read the body, as its hash is signed, authenticate, then read what is asked for. */
export async function handleSts(
  { message, peer, meter, expectsContinue, onBodyStart, requestId }: Incoming,
  options: Handling,
  progress: RequestProgress,
  { target, headers }: Addressed,
): Promise<S3Response> {
  progress.operation = "Sts";
  const body = await readDocument(
    openBody(message, headers, {
      payload: { kind: "unsigned" },
      kind: "document",
      maxSizeBytes: maxBodyBytes,
      idleTimeoutMs: options.idleTimeoutMs,
      meter,
      isComing: !expectsContinue,
      onStart: onBodyStart,
    }),
  );
  const { method = "", url = "", rawHeaders } = message;
  const sent = { method, target: url, rawHeaders, remoteAddress: peer.proxy, bodySha256: hash("sha256", body) };
  const identity = await options.authenticateSts(sent);
  progress.identity = identity;
  meter?.admitKey(identity);
  if (target.query.size > 0) throw new S3Error("ValidationError", "Parameters belong into the body.");
  const { action, parameters } = readStsCall(body);
  progress.operation = action;
  const origin = { requestId, remoteAddress: peer.address };
  const result = await stsActions[action].run({ identity, parameters, sessions: options.sessions, origin });
  return stsResponse(action, result, requestId);
}
