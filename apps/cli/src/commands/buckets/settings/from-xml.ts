// The XML that S3 has for settings of buckets: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Types.html
import { CliError } from "../../../command/cli-error.ts";
import { readXml, type XmlElement } from "../../../s3/read-xml.ts";
import type { SettingPath } from "./bucket-setting.ts";
import { toSetting } from "./from-aws.ts";

/** A setting from the document that S3's own API takes. Throws `Usage` for what is no such document. */
export function readXmlSetting(path: SettingPath, text: string): unknown {
  const root = readXml(text);
  const expected = roots[path];
  // The reader makes do with half of a document. Half of the rules would be others.
  if (root === undefined || !isWhole(text, root)) throw new CliError("Usage", "The file is no XML that can be read.");
  if (expected === undefined || root.name !== expected) {
    throw new CliError("Usage", `Expected ${expected === undefined ? "JSON" : `<${expected}>`}, got <${root.name}>.`);
  }
  return toSetting(path, { [root.name]: toValue(root, path) });
}

function isWhole(text: string, { name, children }: XmlElement): boolean {
  const [, end] = /<\/(?:[\w.-]{1,64}:)?([\w.-]{1,64})\s*>\s*$/.exec(text.slice(-maxEndLength)) ?? [];
  return end === name || (children.length === 0 && text.trimEnd().endsWith("/>"));
}

const maxEndLength = 256;

const roots: Partial<Readonly<Record<SettingPath, string>>> = {
  cors: "CORSConfiguration",
  lifecycle: "LifecycleConfiguration",
  tags: "Tagging",
  encryption: "ServerSideEncryptionConfiguration",
  ownership: "OwnershipControls",
  "public-access-block": "PublicAccessBlockConfiguration",
  website: "WebsiteConfiguration",
  notifications: "NotificationConfiguration",
  replication: "ReplicationConfiguration",
  logging: "BucketLoggingStatus",
  versioning: "VersioningConfiguration",
  "object-lock": "ObjectLockConfiguration",
};

/** Elements that come more than once, by what their list is called where JSON has one. */
const lists = namedBy({
  AllowedHeader: "AllowedHeaders",
  AllowedMethod: "AllowedMethods",
  AllowedOrigin: "AllowedOrigins",
  CORSRule: "CORSRules",
  Event: "Events",
  ExposeHeader: "ExposeHeaders",
  FilterRule: "FilterRules",
  QueueConfiguration: "QueueConfigurations",
  Rule: "Rules",
  TopicConfiguration: "TopicConfigurations",
});

const names = namedBy({ Queue: "QueueArn", S3Key: "Key", Topic: "TopicArn" });

/** Elements that only hold a list. */
const holders = namedBy({ RoutingRules: "RoutingRule", TagSet: "Tag" });

const numbers = new Set([
  "Days",
  "DaysAfterInitiation",
  "MaxAgeSeconds",
  "NewerNoncurrentVersions",
  "NoncurrentDays",
  "ObjectSizeGreaterThan",
  "ObjectSizeLessThan",
  "Priority",
  "Years",
]);

const booleans = new Set([
  "BlockPublicAcls",
  "BlockPublicPolicy",
  "BucketKeyEnabled",
  "ExpiredObjectDeleteMarker",
  "IgnorePublicAcls",
  "RestrictPublicBuckets",
]);

function toValue({ name, text, children }: XmlElement, path: SettingPath): unknown {
  const held = holders.get(name);
  if (held !== undefined) return children.filter((child) => child.name === held).map((child) => toValue(child, path));
  if (children.length === 0) return toLeaf(name, text);
  const value: Record<string, unknown> = Object.create(null);
  for (const child of children) {
    const list = listOf(child.name, { within: name, path });
    const into = list ?? names.get(child.name) ?? child.name;
    const before = Object.hasOwn(value, into) ? value[into] : undefined;
    if (list !== undefined) value[into] = [...(Array.isArray(before) ? before : []), toValue(child, path)];
    else if (before === undefined) value[into] = toValue(child, path);
    else throw new CliError("Usage", `<${child.name}> comes more than once in <${name}>.`);
  }
  return value;
}

/** A tag stands alone in a filter, among others in `And`; the rule of an object lock is the only one. */
function listOf(name: string, { within, path }: { within: string; path: SettingPath }): string | undefined {
  if (name === "Tag" && within === "And") return "Tags";
  return name === "Rule" && path === "object-lock" ? undefined : lists.get(name);
}

/** What an empty element is: a rule for everything has `<Filter/>`. */
function toLeaf(name: string, text: string): unknown {
  const value = text.trim();
  if (structures.has(name) && value === "") return {};
  if (numbers.has(name) && /^\d{1,15}$/.test(value)) return Number(value);
  if (booleans.has(name) && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === "true";
  // Blanks at the ends of a key mean something.
  return text;
}

const structures = new Set(["Filter", "SimplePrefix", "PartitionedPrefix", "And", ...Object.values(roots)]);

function namedBy(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(table));
}
