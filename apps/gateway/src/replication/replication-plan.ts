import type { Bucket, NewMessage, VersionAttributes, VersionChange } from "@stave/object-store";
import { parseReplicationConfiguration, type ReplicationRule } from "@stave/s3-xml";
import type { OperationName } from "../routing/routes.ts";

/** The replication of a bucket as it is looked at when something changes. */
export type ReplicationPlan = {
  readonly remote: string;
  /** The bucket there. */
  readonly bucket: string;
  /** Enabled ones, the one that decides first. */
  readonly rules: readonly {
    readonly prefix: string;
    readonly tags: readonly (readonly [key: string, value: string])[];
    readonly copiesMarkers: boolean;
  }[];
};

/** What has to be copied: looked up again when it is done. */
export type CopyTask = {
  readonly kind: "object" | "marker";
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly remote: string;
  /** The bucket there. */
  readonly to: string;
};

/** What `x-amz-replication-status` says. */
export type ReplicationStatus = "PENDING" | "COMPLETED" | "FAILED" | "REPLICA";

export const replicaStatus: ReplicationStatus = "REPLICA";
const pendingStatus: ReplicationStatus = "PENDING";

/** The plan of a document that was checked when it was put. */
export function parseReplicationPlan(document: Buffer): ReplicationPlan | undefined {
  const { rules } = parseReplicationConfiguration(document);
  const destination = readRemoteArn(rules[0]?.destination.bucket ?? "");
  if (destination === undefined) return undefined;
  const enabled = rules.filter(({ status }) => status === "Enabled");
  return {
    ...destination,
    rules: enabled.toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0)).map(readRule),
  };
}

function readRule({ filter, prefix, deleteMarkerReplication }: ReplicationRule): ReplicationPlan["rules"][number] {
  const tags = filter?.and?.tags ?? (filter?.tag === undefined ? [] : [filter.tag]);
  return {
    prefix: filter?.prefix ?? filter?.and?.prefix ?? prefix ?? "",
    tags: tags.map(({ key, value }) => [key, value] as const),
    // Rules in the old form, without Filter, copy them: that is what S3 does.
    copiesMarkers: deleteMarkerReplication === undefined ? filter === undefined : deleteMarkerReplication === "Enabled",
  };
}

/** `arn:aws:s3:::REMOTE/BUCKET`: no bucket of S3 has a slash in its name. */
export function readRemoteArn(arn: string): { readonly remote: string; readonly bucket: string } | undefined {
  const [, remote, bucket] = /^arn:aws:s3:::([A-Za-z0-9_-]{1,64})\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/.exec(arn) ?? [];
  return remote === undefined || bucket === undefined ? undefined : { remote, bucket };
}

type Cause = { readonly operation: OperationName | undefined; readonly isReplica: boolean };

/** What is said about a new object; undefined when it has nothing to do with replication. */
export function initialStatus(
  key: string,
  attributes: VersionAttributes | undefined,
  plan: ReplicationPlan | undefined,
  { isReplica }: Cause,
): ReplicationStatus | undefined {
  if (isReplica) return replicaStatus;
  const tags = attributes?.tags ?? {};
  const rule = plan?.rules.find(
    ({ prefix, tags: wanted }) => key.startsWith(prefix) && wanted.every(([name, value]) => tags[name] === value),
  );
  return rule && pendingStatus;
}

/** An object is copied when it says so itself: what is stored and what is to be done cannot differ. */
export function copyMessages(
  { kind, bucket, version }: VersionChange,
  { replication: plan }: { readonly bucket: Bucket; readonly replication: ReplicationPlan | undefined },
  { operation, isReplica }: Cause,
): readonly NewMessage[] {
  if (plan === undefined || isReplica || kind !== "added") return [];
  const { key, versionId } = version;
  // What the lifecycle does here, the lifecycle of the other bucket decides there.
  const isCopied = version.isDeleteMarker
    ? operation !== undefined && copiesMarker(plan, key)
    : version.attributes?.replication === pendingStatus;
  if (!isCopied) return [];
  const task: CopyTask = {
    kind: version.isDeleteMarker ? "marker" : "object",
    bucket,
    key,
    versionId,
    remote: plan.remote,
    to: plan.bucket,
  };
  return [{ queue: replicationQueue(plan.remote), group: `${bucket}/${key}`, text: JSON.stringify(task) }];
}

function copiesMarker({ rules }: ReplicationPlan, key: string): boolean {
  return rules.find(({ prefix, tags }) => tags.length === 0 && key.startsWith(prefix))?.copiesMarkers === true;
}

const queuePrefix = "replication:";

function replicationQueue(remote: string): string {
  return `${queuePrefix}${remote}`;
}

/** The remote that a queue is for; undefined for other queues. */
export function remoteOfQueue(queue: string): string | undefined {
  return queue.startsWith(queuePrefix) ? queue.slice(queuePrefix.length) : undefined;
}
