import type { Bucket } from "@stave/object-store";
import type { Account } from "../accounts.ts";
import type { AccessRules } from "../configuration/access-rules.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { Peer } from "../peer/find-peer.ts";
import type { OperationName } from "../routing/routes.ts";
import type { Identity } from "./identity.ts";

/** What decisions about a request rest on: who asks for what, and the rules of the bucket. */
export type Authorization = {
  readonly operation: OperationName;
  readonly identity: Identity;
  readonly account: Account;
  readonly authType: "REST-HEADER" | "REST-QUERY-STRING" | "POST" | undefined;
  readonly bucket: Bucket;
  readonly rules: AccessRules;
  /** The bucket's owner asks, with a key that is not limited, and no policy could forbid it anything. */
  readonly isUnrestricted: boolean;
  /** Empty for an operation on the bucket. */
  readonly key: string;
  readonly versionId: string | undefined;
  /** Asked whether it may be known that this key does not exist. */
  readonly missingKey?: string;
  /** Tags that a body asks for; those of a header are read from there. */
  readonly requestTags?: Readonly<Record<string, string>>;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: RequestHeaders;
  readonly receivedAt: Date;
  readonly peer: Peer;
  /** Of the server: told even to those who are refused, clients learn where to go from it. */
  readonly region: string;
};

/** For operations on a bucket, which always have one. */
export function authorizationOf(request: { readonly authorization: Authorization | undefined }): Authorization {
  if (request.authorization === undefined) throw new Error("Expected an operation on a bucket to be authorized");
  return request.authorization;
}
