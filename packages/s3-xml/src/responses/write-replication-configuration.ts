import type {
  ReplicationConfiguration,
  ReplicationFilter,
  ReplicationRule,
  ReplicationStatus,
} from "../requests/parse-replication-configuration.ts";
import type { ReplicationDestination } from "../requests/read-replication-destination.ts";
import { tagElements } from "./members.ts";
import { element, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** The answer of GetBucketReplication: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html */
export function writeReplicationConfiguration({ role, rules }: ReplicationConfiguration): string {
  return successDocument("ReplicationConfiguration", textElement("Role", role) + rules.map(ruleElement).join(""));
}

function ruleElement(rule: ReplicationRule): string {
  const { filter, replicaModifications, sseKmsEncryptedObjects } = rule;
  const criteria =
    statusElement("ReplicaModifications", replicaModifications) +
    statusElement("SseKmsEncryptedObjects", sseKmsEncryptedObjects);
  return element(
    "Rule",
    statusElement("DeleteMarkerReplication", rule.deleteMarkerReplication) +
      element("Destination", destinationMembers(rule.destination)) +
      statusElement("ExistingObjectReplication", rule.existingObjectReplication) +
      element("Filter", filter && filterMembers(filter)) +
      optionalElement("ID", rule.id) +
      optionalElement("Prefix", rule.prefix) +
      optionalElement("Priority", rule.priority) +
      element("SourceSelectionCriteria", criteria === "" ? undefined : criteria) +
      textElement("Status", rule.status),
  );
}

function statusElement(name: string, status: ReplicationStatus | undefined): string {
  return element(name, status && textElement("Status", status));
}

function destinationMembers(destination: ReplicationDestination): string {
  const { ownerOverride, replicaKmsKeyId, metrics, replicationTime: time } = destination;
  return (
    element("AccessControlTranslation", ownerOverride && textElement("Owner", ownerOverride)) +
    optionalElement("Account", destination.account) +
    textElement("Bucket", destination.bucket) +
    element("EncryptionConfiguration", encryptionMembers(replicaKmsKeyId)) +
    element(
      "Metrics",
      metrics &&
        minutesElement("EventThreshold", metrics.eventThresholdMinutes) + textElement("Status", metrics.status),
    ) +
    element("ReplicationTime", time && textElement("Status", time.status) + minutesElement("Time", time.minutes)) +
    optionalElement("StorageClass", destination.storageClass)
  );
}

function encryptionMembers(keyId: string | undefined): string | undefined {
  return keyId === "" ? "" : keyId && textElement("ReplicaKmsKeyID", keyId);
}

function minutesElement(name: string, minutes: number | undefined): string {
  return element(name, minutes === undefined ? undefined : optionalElement("Minutes", minutes));
}

function filterMembers({ and, prefix, tag }: ReplicationFilter): string {
  return (
    element("And", and && optionalElement("Prefix", and.prefix) + tagElements(and.tags)) +
    optionalElement("Prefix", prefix) +
    tagElements(tag === undefined ? [] : [tag])
  );
}
