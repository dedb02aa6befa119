import { readCrossOrigin } from "../cors/cross-origin-request.ts";
import { type Addressing, parseTarget, type Target } from "../http/parse-target.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { resolveOperation } from "../routing/resolve-operation.ts";
import type { OperationName } from "../routing/routes.ts";
import type { RequestProgress } from "./handling.ts";

export type HostedRequest = {
  readonly method: string;
  readonly rawTarget: string;
  readonly host: string | undefined;
  readonly headers: RequestHeaders;
};

export type UnderstoodRequest = { readonly target: Target; readonly operation: OperationName };

/** What is asked for, by the address that a host name makes of the target. Throws what `parseTarget` and `resolveOperation` throw. */
export function understandRequest(
  { method, rawTarget, host, headers }: HostedRequest,
  addressing: Addressing,
  progress: RequestProgress,
): UnderstoodRequest {
  const target = parseTarget(rawTarget, host, addressing);
  progress.address = target;
  progress.crossOrigin = readCrossOrigin({ bucket: target.bucket, method }, headers);
  const operation = resolveOperation({ method, target, headers });
  progress.operation = operation;
  return { target, operation };
}
