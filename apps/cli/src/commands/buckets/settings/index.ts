import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../../command/define-command.ts";
import { flag } from "../../../command/options.ts";
import { bucket, service } from "../options.ts";
import type { RemovableSetting, SettingPath } from "./bucket-setting.ts";
import * as set from "./define-set.ts";

type Named<Path extends SettingPath> = {
  readonly path: Path;
  /** The word of its commands. */
  readonly word: string;
  /** `the policy` */
  readonly what: string;
  /** In the ids of the operations. */
  readonly id: string;
};

const removable: readonly Named<RemovableSetting>[] = [
  { path: "policy", word: "policy", what: "the policy", id: "Policy" },
  { path: "cors", word: "cors", what: "the CORS rules", id: "Cors" },
  { path: "lifecycle", word: "lifecycle", what: "the lifecycle rules", id: "Lifecycle" },
  { path: "tags", word: "tags", what: "the tags", id: "Tags" },
  { path: "encryption", word: "encryption", what: "the default encryption", id: "Encryption" },
  { path: "website", word: "website", what: "the website", id: "Website" },
  { path: "notifications", word: "notifications", what: "the notifications", id: "Notifications" },
  { path: "replication", word: "replication", what: "the replication rules", id: "Replication" },
  { path: "logging", word: "logging", what: "the access log", id: "Logging" },
  { path: "ownership", word: "ownership", what: "the object ownership", id: "Ownership" },
  {
    path: "public-access-block",
    word: "public-access-block",
    what: "the public access block",
    id: "PublicAccessBlock",
  },
];

const others: readonly Named<SettingPath>[] = [
  { path: "versioning", word: "versioning", what: "the versioning", id: "Versioning" },
  { path: "quota", word: "quota", what: "the quota", id: "Quota" },
  { path: "object-lock", word: "lock", what: "the object lock", id: "ObjectLock" },
];

const shorter: Readonly<Record<string, readonly string[]>> = {
  "public-access-block": ["pab"],
  lock: ["object-lock"],
};

export const settingGroups: readonly CommandGroup[] = [...removable, ...others].map(({ word, what }) => ({
  name: `buckets ${word}`,
  ...(shorter[word] !== undefined && { aliases: shorter[word] }),
  summary: `${what.charAt(0).toUpperCase()}${what.slice(1)} of a bucket.`,
}));

const define = {
  get: ({ word, what, id }: Named<SettingPath>) =>
    defineCommand({
      name: `buckets ${word} get`,
      aliases: ["show"],
      summary: `Shows ${what} of a bucket.`,
      arguments: { bucket },
      options: { service },
      examples: [`buckets ${word} get photos`, `buckets ${word} get photos --json`],
      operations: [`getBucket${id}`],
    }),
  remove: ({ word, what, id }: Named<RemovableSetting>) =>
    defineCommand({
      name: `buckets ${word} remove`,
      aliases: ["rm", "delete"],
      summary: `Takes ${what} of a bucket away, and answers what it was.`,
      arguments: { bucket },
      options: { service, dryRun: flag("--dry-run", "say what would go, and change nothing") },
      examples: [`buckets ${word} remove photos --dry-run`, `buckets ${word} remove photos`],
      operations: [`deleteBucket${id}`, `getBucket${id}`],
    }),
};

export type GetDefinition = ReturnType<typeof define.get>;
export type RemoveDefinition = ReturnType<typeof define.remove>;

export const settingCommands: readonly AnyCommand[] = [
  ...[...removable, ...others].map((named) =>
    withCode(define.get(named), async () => (await import("./get-setting.ts")).getSetting(named.path, named.word)),
  ),
  withCode(set.policySet, async () => (await import("./buckets-policy-set.ts")).run),
  withCode(set.corsSet, async () => (await import("./buckets-cors-set.ts")).run),
  withCode(set.lifecycleSet, async () => (await import("./buckets-lifecycle-set.ts")).run),
  withCode(set.lifecyclePlan, async () => (await import("./buckets-lifecycle-plan.ts")).run),
  withCode(set.tagsSet, async () => (await import("./buckets-tags-set.ts")).run),
  withCode(set.encryptionSet, async () => (await import("./buckets-encryption-set.ts")).run),
  withCode(set.websiteSet, async () => (await import("./buckets-website-set.ts")).run),
  withCode(set.notificationsSet, async () => (await import("./buckets-notifications-set.ts")).run),
  withCode(set.replicationSet, async () => (await import("./buckets-replication-set.ts")).run),
  withCode(set.loggingSet, async () => (await import("./buckets-logging-set.ts")).run),
  withCode(set.ownershipSet, async () => (await import("./buckets-ownership-set.ts")).run),
  withCode(set.publicAccessBlockSet, async () => (await import("./buckets-public-access-block-set.ts")).run),
  withCode(set.versioningEnable, async () => (await import("./buckets-versioning.ts")).enable),
  withCode(set.versioningSuspend, async () => (await import("./buckets-versioning.ts")).suspend),
  withCode(set.quotaSet, async () => (await import("./buckets-quota-set.ts")).run),
  withCode(set.lockSet, async () => (await import("./buckets-lock-set.ts")).run),
  ...removable.map((named) =>
    withCode(define.remove(named), async () => (await import("./remove-setting.ts")).removeSettingOf(named.path)),
  ),
];
