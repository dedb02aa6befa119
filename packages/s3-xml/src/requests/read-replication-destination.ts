import {
  checkMembers,
  omitUndefined,
  optionalChild,
  requiredChild,
  requiredInteger,
  requiredWord,
} from "./typed-members.ts";
import { optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/** Where a replication rule copies to. Addresses and classes are as sent. */
export type ReplicationDestination = {
  /** The address of the bucket. */
  readonly bucket: string;
  readonly account?: string | undefined;
  readonly storageClass?: string | undefined;
  /** The new owner of the copies: `Destination` is the only one. */
  readonly ownerOverride?: "Destination" | undefined;
  /** Empty when there is an encryption without a key of its own. */
  readonly replicaKmsKeyId?: string | undefined;
  readonly replicationTime?: { readonly status: "Enabled" | "Disabled"; readonly minutes: number } | undefined;
  readonly metrics?:
    | { readonly status: "Enabled" | "Disabled"; readonly eventThresholdMinutes?: number | undefined }
    | undefined;
};

export function readReplicationDestination(destination: XmlElement): ReplicationDestination {
  checkMembers(destination, destinationMembers);
  const translation = optionalChild(destination, "AccessControlTranslation");
  const encryption = optionalChild(destination, "EncryptionConfiguration");
  const time = optionalChild(destination, "ReplicationTime");
  const metrics = optionalChild(destination, "Metrics");
  return omitUndefined({
    bucket: requiredText(destination, "Bucket"),
    account: optionalText(destination, "Account"),
    storageClass: optionalText(destination, "StorageClass"),
    ownerOverride: translation && readTranslation(translation),
    replicaKmsKeyId: encryption && readEncryption(encryption),
    replicationTime: time && readReplicationTime(time),
    metrics: metrics && readMetrics(metrics),
  });
}

const destinationMembers = [
  "Bucket",
  "Account",
  "StorageClass",
  "AccessControlTranslation",
  "EncryptionConfiguration",
  "ReplicationTime",
  "Metrics",
];

function readTranslation(translation: XmlElement): "Destination" {
  checkMembers(translation, ["Owner"]);
  return requiredWord(translation, "Owner", ["Destination"]);
}

function readEncryption(encryption: XmlElement): string {
  checkMembers(encryption, ["ReplicaKmsKeyID"]);
  return optionalText(encryption, "ReplicaKmsKeyID") ?? "";
}

function readReplicationTime(time: XmlElement): NonNullable<ReplicationDestination["replicationTime"]> {
  checkMembers(time, ["Status", "Time"]);
  return {
    status: requiredWord(time, "Status", ["Enabled", "Disabled"]),
    minutes: readMinutes(requiredChild(time, "Time")),
  };
}

function readMetrics(metrics: XmlElement): NonNullable<ReplicationDestination["metrics"]> {
  checkMembers(metrics, ["Status", "EventThreshold"]);
  const threshold = optionalChild(metrics, "EventThreshold");
  return omitUndefined({
    status: requiredWord(metrics, "Status", ["Enabled", "Disabled"]),
    eventThresholdMinutes: threshold && readMinutes(threshold),
  });
}

function readMinutes(parent: XmlElement): number {
  checkMembers(parent, ["Minutes"]);
  return requiredInteger(parent, "Minutes");
}
