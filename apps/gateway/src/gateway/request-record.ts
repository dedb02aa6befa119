import type { S3ErrorCode } from "../errors/s3-error.ts";
import type { OperationName } from "../routing/routes.ts";
import type { StsActionName } from "../sts/actions.ts";

/**
 * An operation of S3, or what else this server answers: a browser's question about another origin, a visit of a website, a call of
 * STS, which is `Sts` as long as it is not known which.
 */
export type RequestKind = OperationName | StsActionName | "Preflight" | "Sts" | "Website" | "Unknown";

/** What is known of a request when it is over, for logs and metrics. Holds no secret: the query may, so it is not here. */
export type RequestRecord = {
  readonly requestId: string;
  readonly method: string;
  /** The raw path, without the query. */
  readonly path: string;
  readonly remoteAddress: string | undefined;
  readonly operation: RequestKind;
  readonly accessKeyId: string | undefined;
  /** Whose use it is: of a session the permanent key by whose right it is one. Undefined when nobody has signed. */
  readonly usageKeyId: string | undefined;
  readonly status: number;
  readonly errorCode: S3ErrorCode | undefined;
  /** For the operator: what stands behind a status of 500 and above, or what cut the answer short. */
  readonly failure: unknown;
  readonly durationMs: number;
  /** What its connection has moved since the request before it. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
};
