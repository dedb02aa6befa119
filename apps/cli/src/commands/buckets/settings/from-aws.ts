import { CliError } from "../../../command/cli-error.ts";
import type { SettingPath } from "./bucket-setting.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Whether a document is spelled as the AWS CLI takes and answers it: `AllowedOrigins`, not `allowedOrigins`. */
export function isAwsDocument(path: SettingPath, value: unknown): value is Fields {
  if (!isFields(value)) return false;
  const names = Object.keys(value);
  if (path === "policy") return names.length === 1 && typeof value.Policy === "string";
  return names.some((name) => /^[A-Z]/.test(name));
}

/** What S3 has around a setting, and what each is in the words of the API. */
export function toSetting(path: SettingPath, document: Fields): unknown {
  const inner = unwrap(document, wrappers[path] ?? []);
  switch (path) {
    case "policy":
      return parsePolicy(inner.Policy);
    case "cors":
      return { rules: lowered(inner.CORSRules ?? []) };
    case "lifecycle":
    case "encryption":
      return { rules: lowered(inner.Rules ?? []) };
    case "ownership":
      return lowered(listOf(inner.Rules)[0] ?? {});
    case "tags":
      return {
        tags: Object.fromEntries(listOf(inner.TagSet).map(({ Key, Value }) => [String(Key), String(Value ?? "")])),
      };
    case "object-lock": {
      const rule = isFields(inner.Rule) ? inner.Rule : {};
      return { defaultRetention: lowered(rule.DefaultRetention ?? null) };
    }
    default:
      return lowered(inner);
  }
}

const wrappers: Partial<Readonly<Record<SettingPath, readonly string[]>>> = {
  cors: ["CORSConfiguration"],
  lifecycle: ["LifecycleConfiguration"],
  tags: ["Tagging"],
  encryption: ["ServerSideEncryptionConfiguration"],
  ownership: ["OwnershipControls"],
  "public-access-block": ["PublicAccessBlockConfiguration"],
  website: ["WebsiteConfiguration"],
  notifications: ["NotificationConfiguration"],
  replication: ["ReplicationConfiguration"],
  logging: ["BucketLoggingStatus", "LoggingEnabled"],
  versioning: ["VersioningConfiguration"],
  "object-lock": ["ObjectLockConfiguration"],
};

/** The AWS CLI answers some with their outermost name, and takes them without. */
function unwrap(document: Fields, names: readonly string[]): Fields {
  let inner = document;
  for (const name of names) {
    const below = inner[name];
    if (isFields(below)) inner = below;
  }
  return inner;
}

function parsePolicy(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    throw new CliError("Usage", 'The text of "Policy" is no JSON.', { cause: error });
  }
}

const special = new Map([
  ["ID", "id"],
  ["SSEAlgorithm", "sseAlgorithm"],
  ["KMSMasterKeyID", "kmsMasterKeyId"],
]);

/** `AllowedOrigins` is `allowedOrigins`, all the way down; a day is a time. */
function lowered(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => lowered(item));
  if (!isFields(value)) return name === "Date" ? toTime(value) : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      special.get(key) ?? `${key.charAt(0).toLowerCase()}${key.slice(1)}`,
      lowered(item, key),
    ]),
  );
}

/** What is no time is left to the server, which says so. */
function toTime(value: unknown): unknown {
  const date = typeof value === "string" ? new Date(value) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? value : date.toISOString();
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
