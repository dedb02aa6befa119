import { formatBytes } from "../../../output/format-values.ts";
import { counted } from "../options.ts";
import type { SettingPath } from "./bucket-setting.ts";

/** As people call them. */
export const settingTitles: Readonly<Record<SettingPath, string>> = {
  policy: "Policy",
  cors: "CORS",
  lifecycle: "Lifecycle",
  tags: "Tags",
  encryption: "Encryption",
  ownership: "Ownership",
  "public-access-block": "Public access block",
  website: "Website",
  notifications: "Notifications",
  replication: "Replication",
  logging: "Access log",
  versioning: "Versioning",
  "object-lock": "Object lock",
  quota: "Quota",
};

type Fields = Readonly<Record<string, unknown>>;

/** A setting in a few words, for who looks at all of them. */
export function describeSetting(path: SettingPath, value: unknown): string {
  return isFields(value) ? describe[path](value) : "—";
}

const describe: Readonly<Record<SettingPath, (value: Fields) => string>> = {
  policy: ({ Statement }) => counted([Statement].flat().length, "statement"),
  cors: ({ rules }) => counted(listOf(rules).length, "rule"),
  lifecycle: ({ rules }) => {
    const off = listOf(rules).filter(({ status }) => status !== "Enabled").length;
    return `${counted(listOf(rules).length, "rule")}${off === 0 ? "" : `, ${off} of them off`}`;
  },
  tags: ({ tags }) => writePairs(tags) || "—",
  encryption: ({ rules }) =>
    listOf(rules)
      .map(({ applyServerSideEncryptionByDefault: kind }) => (isFields(kind) ? String(kind.sseAlgorithm) : "on"))
      .join(", "),
  ownership: ({ objectOwnership }) => String(objectOwnership),
  "public-access-block": (block) =>
    Object.entries(block)
      .filter(([, isOn]) => isOn === true)
      .map(([name]) => name)
      .join(", ") || "nothing is blocked",
  website: ({ indexDocument, redirectAllRequestsTo: redirect }) =>
    isFields(redirect)
      ? `redirects to ${redirect.hostName}`
      : `index ${isFields(indexDocument) ? indexDocument.suffix : "—"}`,
  notifications: ({ queueConfigurations, topicConfigurations }) =>
    [...listOf(queueConfigurations), ...listOf(topicConfigurations)]
      .map(({ queueArn, topicArn }) => String(queueArn ?? topicArn))
      .join(", "),
  replication: ({ rules }) =>
    listOf(rules)
      .map(({ destination }) => (isFields(destination) ? `to ${destination.bucket}` : ""))
      .join(", "),
  logging: ({ targetBucket, targetPrefix }) => `to ${targetBucket}/${targetPrefix}`,
  versioning: ({ status }) => String(status).toLowerCase(),
  "object-lock": ({ defaultRetention: retention }) =>
    isFields(retention)
      ? `${String(retention.mode).toLowerCase()}, ${retention.days === undefined ? counted(Number(retention.years), "year") : counted(Number(retention.days), "day")}`
      : "on, without a default retention",
  quota: ({ maxSizeBytes, maxVersions }) =>
    [
      ...(typeof maxSizeBytes === "number" ? [formatBytes(maxSizeBytes)] : []),
      ...(typeof maxVersions === "number" ? [counted(maxVersions, "version")] : []),
    ].join(", ") || "no limit",
};

export function writePairs(pairs: unknown): string {
  return isFields(pairs)
    ? Object.entries(pairs)
        .map(([key, value]) => `${key}=${value}`)
        .join(", ")
    : "";
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
