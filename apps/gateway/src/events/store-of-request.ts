import type { Bucket, ObjectStore } from "@stave/object-store";
import type { Account } from "../accounts.ts";
import { type Authorization, authorizationOf } from "../auth/authorization.ts";
import { requireInReach } from "../auth/require-in-reach.ts";
import type { BucketConfigurations } from "../configuration/bucket-configurations.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { Peer } from "../peer/find-peer.ts";
import { parseReplicationPlan, replicaStatus } from "../replication/replication-plan.ts";
import type { OperationName } from "../routing/routes.ts";
import { announcedStore } from "./announced-store.ts";
import { parseNotificationRules } from "./notification-rules.ts";

const replicaHeader = "x-amz-replication-status";

export type ChangingRequest = {
  readonly operation: OperationName;
  readonly account: Account;
  readonly authorization: Authorization | undefined;
  readonly bucketInfo: Bucket | undefined;
  readonly configurations: () => BucketConfigurations | Promise<BucketConfigurations>;
  readonly headers: RequestHeaders;
  readonly peer: Peer;
  readonly requestId: string;
};

/** Whether somebody may have to hear of what a request changes. Asked of every request. */
export function mayBeHeardOf(method: string, bucketInfo: Bucket | undefined, headers: RequestHeaders): boolean {
  if (method === "GET" || method === "HEAD" || bucketInfo === undefined) return false;
  return bucketInfo.configurationRevision !== 0 || headers[replicaHeader] !== undefined;
}

/** The store as such a request uses it. Throws `AccessDenied` and `InvalidArgument` for a replica that is none. */
export async function storeOfRequest(
  store: ObjectStore,
  request: ChangingRequest,
  now: () => Date,
): Promise<ObjectStore> {
  const { bucketInfo: bucket, operation, account, peer, requestId } = request;
  if (bucket === undefined) return store;
  const isReplica = readReplicaHeader(request, bucket);
  const configurations = await request.configurations();
  const notifications = configurations.parsed("notification", parseNotificationRules) ?? [];
  const replication = configurations.parsed("replication", parseReplicationPlan);
  if (notifications.length === 0 && replication === undefined && !isReplica) return store;
  const { address: sourceIp } = peer;
  const cause = { operation, account: account.id, requestId, isReplica, ...(sourceIp !== undefined && { sourceIp }) };
  return announcedStore(store, { plan: { bucket, notifications, replication }, cause, now });
}

/**
 * Who may say so can keep a change from being copied on: that is for the owner, who could turn replication off as well, and for keys that
 * are let.
 */
function readReplicaHeader(request: ChangingRequest, bucket: Bucket): boolean {
  const { headers, account, operation } = request;
  const status = headers[replicaHeader];
  if (status === undefined) return false;
  if (status !== replicaStatus) {
    throw new S3Error("InvalidArgument", `Expected ${replicaHeader} to be ${replicaStatus}.`, {
      elements: { ArgumentName: replicaHeader, ArgumentValue: status },
    });
  }
  if (account.id !== bucket.ownerId) {
    throw new S3Error("AccessDenied", "Only the owner of a bucket may write replicas to it.");
  }
  const action = operation.startsWith("Delete") ? "s3:ReplicateDelete" : "s3:ReplicateObject";
  const authorization = authorizationOf(request);
  requireInReach(authorization, { action, on: "object" }, { bucket: bucket.name, key: authorization.key });
  return true;
}
