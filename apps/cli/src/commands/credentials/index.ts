import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, choiceOr, durationSeconds, flag, option, optionOr } from "../../command/options.ts";
import { bucket, service, when } from "../buckets/options.ts";
import { secretFileOptions } from "../keys/secret-files.ts";

export const credentialGroups: readonly CommandGroup[] = [
  {
    name: "credentials",
    aliases: ["credential", "creds"],
    summary: "Credentials that open one bucket and nothing else.",
  },
];

const credential = argument("the access key id, or its id, as credentials list shows it");

export const credentialsList = defineCommand({
  name: "credentials list",
  aliases: ["ls"],
  summary: "Lists the credentials of a bucket, newest first, without secrets.",
  arguments: { bucket },
  options: { service },
  examples: ["credentials list photos", "credentials list photos --json"],
  next: ["credentials create photos --access read-only"],
  operations: ["listBucketCredentials"],
});

export const credentialsCreate = defineCommand({
  name: "credentials create",
  summary: "Issues a credential that opens this bucket and nothing else.",
  arguments: { bucket },
  options: {
    service,
    description: option("-d, --description <text>", "what it is for"),
    access: choiceOr("--access <access>", "what it may do", ["read-only", "read-write"], "read-write"),
    prefix: option("--prefix <prefix>", "only keys that begin with it"),
    expires: option("--expires <time>", "30d, or 2030-01-31; without it, never", when),
    ...secretFileOptions,
  },
  examples: [
    "credentials create photos --access read-only",
    "credentials create photos --prefix in/ --expires 30d --dotenv in.env",
  ],
  next: ["credentials export photos ID --format k8s --reveal"],
  operations: ["createBucketCredential"],
});

export const credentialsShow = defineCommand({
  name: "credentials show",
  summary: "Shows one credential of a bucket.",
  about: "The secret is masked. --reveal shows it, and is written to the audit log.",
  arguments: { bucket, credential },
  options: { service, reveal: flag("--reveal", "show the secret") },
  examples: ["credentials show photos ID", "credentials show photos ID --reveal"],
  operations: ["getBucketCredential", "revealBucketCredential", "listBucketCredentials"],
});

export const credentialsExport = defineCommand({
  name: "credentials export",
  summary: "Writes a credential as a file that programs and Kubernetes take.",
  about:
    "It holds the secret: --reveal prints it, --output writes it into a new file. Either is written to the audit log. k8s is a Secret with ACCESS_KEY and its like, k8s-aws one with the names of AWS, k8s-obc that of an ObjectBucketClaim.",
  arguments: { bucket, credential },
  options: {
    service,
    format: choiceOr("--format <format>", "the form", ["dotenv", "json", "k8s", "k8s-aws", "k8s-obc"], "dotenv"),
    name: option("--name <name>", "of the Secret; without it, of the bucket"),
    namespace: option("--namespace <name>", "of the Secret"),
    outputFile: option("-o, --output <file>", "write it there, for nobody else to read"),
    reveal: flag("--reveal", "print it"),
  },
  examples: [
    "credentials export photos ID --output photos.env",
    "credentials export photos ID --format k8s --namespace web --reveal",
  ],
  operations: ["getBucketManifest", "listBucketCredentials"],
});

export const credentialsRotate = defineCommand({
  name: "credentials rotate",
  summary: "Issues one in the place of another, which goes on for a while.",
  arguments: { bucket, credential },
  options: {
    service,
    grace: optionOr("--grace <duration>", "how long the old one works: 1h, 0", "24h", durationSeconds),
    ...secretFileOptions,
  },
  examples: ["credentials rotate photos ID", "credentials rotate photos ID --grace 1h --dotenv new.env"],
  operations: ["rotateBucketCredential", "listBucketCredentials"],
});

export const credentialsRevoke = defineCommand({
  name: "credentials revoke",
  aliases: ["delete", "rm", "remove"],
  summary: "Revokes a credential: from the next request on, it opens nothing.",
  arguments: { bucket, credential },
  options: {
    service,
    dryRun: flag("--dry-run", "say what would go, and change nothing"),
    force: flag("-f, --force", "do not ask"),
  },
  examples: ["credentials revoke photos ID --dry-run", "credentials revoke photos ID -f"],
  isDestructive: true,
  operations: ["deleteBucketCredential", "getBucketCredential", "listBucketCredentials"],
});

export const credentialCommands: readonly AnyCommand[] = [
  withCode(credentialsList, async () => (await import("./credentials-list.ts")).run),
  withCode(credentialsCreate, async () => (await import("./credentials-create.ts")).run),
  withCode(credentialsShow, async () => (await import("./credentials-show.ts")).run),
  withCode(credentialsExport, async () => (await import("./credentials-export.ts")).run),
  withCode(credentialsRotate, async () => (await import("./credentials-rotate.ts")).run),
  withCode(credentialsRevoke, async () => (await import("./credentials-revoke.ts")).run),
];
