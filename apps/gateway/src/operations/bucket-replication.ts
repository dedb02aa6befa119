import type { Answer } from "@stave/outgoing-requests";
import {
  maxReplicationRules,
  parseReplicationConfiguration,
  type ReplicationConfiguration,
  type ReplicationRule,
  writeReplicationConfiguration,
} from "@stave/s3-xml";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import { readRemoteArn } from "../replication/replication-plan.ts";
import type { OperationContext } from "./operation.ts";
import { deleteStored, getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

/** GetBucketReplication: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html */
export const getBucketReplication = getStored(
  "replication",
  absentConfiguration("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
);

/** DeleteBucketReplication: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html */
export const deleteBucketReplication = deleteStored("replication");

/**
 * PutBucketReplication: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
 *
 * Throws `InvalidRequest` without versioning here or there, and for rules that contradict each other; `InvalidArgument` for a
 * destination that nobody knows; `NotImplemented` for what would not be done.
 */
export const putBucketReplication = putStored("replication", {
  parse: parseReplicationConfiguration,
  write: writeReplicationConfiguration,
  check: async (configuration, context, { versioning }) => {
    if (versioning !== "Enabled") {
      throw invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
    }
    checkRules(configuration);
    await checkDestination(configuration, context);
  },
});

function checkRules({ rules }: ReplicationConfiguration): void {
  if (rules.length > maxReplicationRules) {
    throw invalidRequest(
      `The number of replication rules must not exceed the allowed limit of ${maxReplicationRules} rules.`,
    );
  }
  for (const rule of rules) checkRule(rule);
  const ids = rules.flatMap(({ id }) => (id === undefined ? [] : [id]));
  if (new Set(ids).size !== ids.length) throw invalidRequest("Rule Id must be unique.");
  const isOldForm = rules.map(({ filter }) => filter === undefined);
  if (new Set(isOldForm).size > 1) throw invalidRequest("Rules with Filter and rules with Prefix cannot be mixed.");
  const priorities = rules.flatMap(({ priority }) => (priority === undefined ? [] : [priority]));
  if (new Set(priorities).size !== priorities.length)
    throw invalidRequest("Found duplicate priority. Priority must be unique.");
}

function checkRule(rule: ReplicationRule): void {
  const { id = "", filter, priority, deleteMarkerReplication } = rule;
  if (id.length > 255)
    throw invalidRequest("The length of rule Id must not exceed the allowed limit of 255 characters.");
  refuseUnsupported(rule);
  if (filter === undefined) return;
  const schema = "for this version of Cross Region Replication configuration schema.";
  if (priority === undefined) throw invalidRequest(`Priority must be specified ${schema}`);
  if (deleteMarkerReplication === undefined)
    throw invalidRequest(`DeleteMarkerReplication must be specified ${schema}`);
  const hasTags = filter.tag !== undefined || (filter.and?.tags.length ?? 0) > 0;
  if (hasTags && deleteMarkerReplication === "Enabled") {
    throw invalidRequest("Delete marker replication is not supported if any Tag filter is specified.");
  }
}

/** What S3 would do and Stave does not. */
function refuseUnsupported({ destination, ...rule }: ReplicationRule): void {
  const asked = {
    ExistingObjectReplication: rule.existingObjectReplication === "Enabled",
    ReplicaModifications: rule.replicaModifications === "Enabled",
    SseKmsEncryptedObjects: rule.sseKmsEncryptedObjects === "Enabled",
    AccessControlTranslation: destination.ownerOverride !== undefined,
    EncryptionConfiguration: destination.replicaKmsKeyId !== undefined,
    ReplicationTime: destination.replicationTime?.status === "Enabled",
    Metrics: destination.metrics?.status === "Enabled",
    StorageClass: destination.storageClass !== undefined && destination.storageClass !== "STANDARD",
  };
  const [parameter] = Object.entries(asked).find(([, isAsked]) => isAsked) ?? [];
  if (parameter !== undefined) throw notImplemented({ parameter });
}

async function checkDestination({ rules }: ReplicationConfiguration, { remotes }: OperationContext): Promise<void> {
  const arns = new Set(rules.map(({ destination }) => destination.bucket));
  const [arn = ""] = arns;
  // An object has one status, and with several destinations it would say nothing.
  if (arns.size > 1) throw notImplemented({ parameter: "Destination" });
  const destination = readRemoteArn(arn);
  if (destination === undefined || !remotes.has(destination.remote)) {
    throw new S3Error(
      "InvalidArgument",
      "Invalid bucket ARN. Expected arn:aws:s3:::REMOTE/BUCKET with a known remote.",
      {
        elements: { ArgumentName: "Destination.Bucket", ArgumentValue: arn },
      },
    );
  }
  const { remote, bucket } = destination;
  const request = { method: "GET", bucket, query: { versioning: "" } } as const;
  let answer: Answer;
  try {
    answer = await remotes.send(remote, request, AbortSignal.timeout(10_000));
  } catch (cause) {
    throw invalidRequest("The destination cannot be reached.", cause);
  }
  if (answer.status === 404) throw invalidRequest("Destination bucket must exist.");
  if (answer.status !== 200)
    throw invalidRequest(`The destination bucket cannot be used: it answers with ${answer.status}.`);
  if (!/<Status>Enabled<\/Status>/.test(answer.body.toString())) {
    throw invalidRequest("Destination bucket must have versioning enabled.");
  }
}

function invalidRequest(message: string, cause?: unknown): S3Error {
  return new S3Error("InvalidRequest", message, { cause });
}
