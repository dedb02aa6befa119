import type { Bucket, BucketVersioning, ObjectStore } from "@stave/object-store";
import type { Account, Accounts } from "../accounts.ts";
import type { Authorization } from "../auth/authorization.ts";
import type { VerifiedBody } from "../body/open-body.ts";
import type { ObjectOwnership } from "../configuration/access-rules.ts";
import type { BucketConfigurations, ConfigurationCache } from "../configuration/bucket-configurations.ts";
import type { MasterKeys } from "../encryption/master-keys.ts";
import type { Webhooks } from "../events/webhooks.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { Remotes } from "../replication/remotes.ts";

/** What every operation of this server works with. */
export type OperationContext = {
  readonly store: ObjectStore;
  readonly accounts: Accounts;
  readonly region: string;
  /** Of buckets that are made without saying. */
  readonly objectOwnership: ObjectOwnership;
  /** For buckets other than that of the request. */
  readonly configurations: ConfigurationCache;
  readonly webhooks: Webhooks;
  readonly remotes: Remotes;
  readonly masterKeys: MasterKeys;
  /** How long a day of a lifecycle rule is. */
  readonly lifecycleDayMs: number;
  /** For an error that is answered inside a success: the client is told little, the operator all of it. */
  readonly noteError: (error: unknown) => void;
};

/** A request that was parsed, authenticated and authorized. */
export type OperationRequest = {
  /** Who asks; `anonymousAccount` when nobody signed, so what is written takes its owner from `describeNewObject`. */
  readonly account: Account;
  /** What was decided and why, for what is decided later; undefined for an operation on the service, and for CreateBucket. */
  readonly authorization: Authorization | undefined;
  /** Empty for an operation on the service. */
  readonly bucket: string;
  /** Empty for an operation on a bucket. */
  readonly key: string;
  /** As it was when the request came; undefined for an operation on the service, and for CreateBucket. */
  readonly bucketInfo: Bucket | undefined;
  /** Of the bucket; undefined when it never had versioning. */
  readonly versioning: BucketVersioning | undefined;
  /** What the bucket is configured to do. Costs nothing for a bucket that has no configurations. */
  readonly configurations: () => BucketConfigurations | Promise<BucketConfigurations>;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: RequestHeaders;
  readonly receivedAt: Date;
  /** How this client addresses the bucket, without a trailing slash: `http://localhost:7480/photos`. */
  readonly bucketUrl: string;
};

export type BodyRequest = OperationRequest & { readonly body: VerifiedBody };

/** A browser form: the key, the headers and the body are those that the form stands for. */
export type FormRequest = BodyRequest & {
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
};

/** Handlers return what to answer, or throw; they never write to the connection. */
export type Operation = (context: OperationContext, request: OperationRequest) => Promise<S3Response>;
export type BodyOperation = (context: OperationContext, request: BodyRequest) => Promise<S3Response>;
export type FormOperation = (context: OperationContext, request: FormRequest) => Promise<S3Response>;
