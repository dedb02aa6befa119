import type {
  AttributesChange,
  Bucket,
  NewMessage,
  ObjectStore,
  ObjectVersion,
  OnChange,
  VersionAttributes,
  VersionChange,
} from "@stave/object-store";
import { copyMessages, initialStatus, type ReplicationPlan } from "../replication/replication-plan.ts";
import type { OperationName } from "../routing/routes.ts";
import { writeEventMessage } from "./event-message.ts";
import { nameChange } from "./event-names.ts";
import { isAbout, type NotificationRule } from "./notification-rules.ts";

/** Who changes a bucket. */
export type ChangeCause = {
  /** Undefined when the server does it by itself, for the bucket's lifecycle. */
  readonly operation: OperationName | undefined;
  readonly account?: string;
  readonly sourceIp?: string;
  readonly requestId?: string;
  /** Another server sends a copy of a change that happened there: it must not be copied on. */
  readonly isReplica: boolean;
};

/** Who has to hear of the changes of a bucket. */
export type ChangePlan = {
  readonly bucket: Bucket;
  readonly notifications: readonly NotificationRule[];
  readonly replication: ReplicationPlan | undefined;
};

/** What changes nothing that others hear of. Named one by one, so that a new way of changing objects does not compile unnoticed. */
type Unheard =
  | "abortUpload"
  | "bucketUsage"
  | "changeMessages"
  | "close"
  | "createBucket"
  | "deleteBucket"
  | "enableObjectLock"
  | "headObject"
  | "listBuckets"
  | "listObjects"
  | "listParts"
  | "listQueues"
  | "listUploads"
  | "listVersions"
  | "openObject"
  | "putBucketConfiguration"
  | "putBucketDurability"
  | "putBucketQuota"
  | "putBucketVersioning"
  | "putPart"
  | "readBucket"
  | "readBucketConfigurations"
  | "readMessages"
  | "readUpload";

/** A store for one request: what changes through it becomes messages, in the commit of the change. */
export function announcedStore(
  store: ObjectStore,
  { plan, cause, now }: { readonly plan: ChangePlan; readonly cause: ChangeCause; readonly now: () => Date },
): ObjectStore {
  const onChange = (attributes: AttributesChange = {}): OnChange => {
    return (change) => [
      ...eventMessages(change, attributes, { plan, cause, now }),
      ...copyMessages(change, plan, cause),
    ];
  };
  const withStatus = (
    key: string,
    attributes: VersionAttributes | undefined,
  ): { readonly attributes?: VersionAttributes } => {
    const replication = initialStatus(key, attributes, plan.replication, cause);
    if (replication === undefined) return attributes === undefined ? {} : { attributes };
    return { attributes: { ...attributes, replication } };
  };
  const unheard: Pick<ObjectStore, Unheard> = store;
  return {
    ...unheard,
    putObject: (address, body, input) =>
      store.putObject(address, body, {
        ...input,
        ...withStatus(address.key, input.attributes),
        onChange: onChange(),
      }),
    copyObject: (source, address, input) =>
      store.copyObject(source, address, {
        ...input,
        ...withStatus(address.key, input.attributes),
        onChange: onChange(),
      }),
    appendObject: (address, body, input) => store.appendObject(address, body, { ...input, onChange: onChange() }),
    renameObject: (destination, input) => store.renameObject(destination, { ...input, onChange: onChange() }),
    createUpload: (address, input) =>
      store.createUpload(address, { ...input, ...withStatus(address.key, input.attributes) }),
    completeUpload: (address, input) => store.completeUpload(address, { ...input, onChange: onChange() }),
    putObjectAttributes: (address, input) =>
      store.putObjectAttributes(address, { ...input, onChange: onChange(input) }),
    deleteObject: (address, input) => store.deleteObject(address, { ...input, onChange: onChange() }),
  };
}

function eventMessages(
  change: VersionChange,
  attributes: AttributesChange,
  { plan, cause, now }: { readonly plan: ChangePlan; readonly cause: ChangeCause; readonly now: () => Date },
): readonly NewMessage[] {
  const { key, versionId, ...version } = change.version;
  const event = nameChange(change, cause.operation, attributes);
  if (event === undefined) return [];
  const { account, sourceIp, requestId } = cause;
  return plan.notifications
    .filter((rule) => isAbout(rule, event, key))
    .map(({ id, target }) => ({
      queue: webhookQueue(target),
      group: `${change.bucket}/${key}`,
      text: writeEventMessage({
        event,
        // What is renamed is as old as it was.
        at: (change.kind === "added" && cause.operation !== "RenameObject"
          ? version.lastModified
          : now()
        ).toISOString(),
        bucket: change.bucket,
        bucketOwner: plan.bucket.ownerId,
        key,
        rule: id,
        ...(plan.bucket.versioning !== undefined && { versionId }),
        ...(change.kind !== "removed" && !version.isDeleteMarker && sizeAndEtag(version)),
        ...(account !== undefined && { account }),
        ...(sourceIp !== undefined && { sourceIp }),
        ...(requestId !== undefined && { requestId }),
      }),
    }));
}

function sizeAndEtag({ sizeBytes, etag }: Pick<ObjectVersion, "sizeBytes" | "etag">) {
  return { sizeBytes, etag };
}

const webhookPrefix = "webhook:";

function webhookQueue(target: string): string {
  return `${webhookPrefix}${target}`;
}

/** The target that a queue is for; undefined for other queues. */
export function webhookOfQueue(queue: string): string | undefined {
  return queue.startsWith(webhookPrefix) ? queue.slice(webhookPrefix.length) : undefined;
}
