import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import {
  argument,
  choiceOr,
  durationSeconds,
  flag,
  InvalidValue,
  integer,
  option,
  optionalArgument,
  optionOr,
  pair,
  repeated,
} from "../../command/options.ts";
import { sizeBytes } from "../../objects/size-bytes.ts";
import { endpointOptions } from "../../s3/find-endpoint.ts";

export const browseGroups: readonly CommandGroup[] = [
  { name: "retention", summary: "Until when a version of an object cannot be deleted." },
  { name: "legal-hold", summary: "Keeps a version of an object until somebody lifts it." },
];

const place = argument("s3://BUCKET, s3://BUCKET/PREFIX or CONTEXT:BUCKET/PREFIX");
const object = argument("s3://BUCKET/KEY or CONTEXT:BUCKET/KEY");
const bucket = argument("s3://BUCKET or CONTEXT:BUCKET");
const versionId = option("--version-id <id>", "of this version; else of the latest");
const recursive = flag("-r, --recursive", "everything whose key begins so");
const force = flag("-f, --force", "ask nothing, and do not mind what is not there");
const dryRun = flag("--dry-run", "only say what would be done");
const bypassGovernance = flag("--bypass-governance", "also what is kept by governance; needs the right to");

export const ls = defineCommand({
  name: "ls",
  summary: "Lists buckets, or what is in one.",
  about: "With --json it prints one object a line, while it goes.",
  arguments: { target: optionalArgument("s3://BUCKET/PREFIX; without it all buckets") },
  options: {
    ...endpointOptions,
    recursive: flag("-r, --recursive", "without stopping at slashes"),
    versions: flag("--versions", "older versions and delete markers, too"),
    limit: option("--limit <n>", "stop after so many", integer({ from: 1 })),
  },
  examples: ["ls", "ls s3://photos/2026/", "ls --recursive s3://photos --json"],
  next: ["stat s3://photos/a.jpg", "du s3://photos"],
  operations: [],
});

export const stat = defineCommand({
  name: "stat",
  summary: "Shows all that is known of an object or a bucket.",
  arguments: { target: argument("s3://BUCKET/KEY or s3://BUCKET") },
  options: { ...endpointOptions, versionId },
  examples: ["stat s3://photos/a.jpg", "stat s3://photos --json"],
  next: ["share s3://photos/a.jpg"],
  operations: [],
});

export const du = defineCommand({
  name: "du",
  summary: "Adds up how much is stored.",
  arguments: { target: place },
  options: {
    ...endpointOptions,
    depth: optionOr("--depth <n>", "a line for each folder so deep", "1", integer({ to: 100 })),
    versions: flag("--versions", "older versions, too"),
  },
  examples: ["du s3://photos", "du s3://photos --depth 0 --versions --json"],
  next: ["tree s3://photos"],
  operations: [],
});

export const tree = defineCommand({
  name: "tree",
  summary: "Shows the keys as folders.",
  arguments: { target: place },
  options: {
    ...endpointOptions,
    depth: option("--depth <n>", "no deeper than this", integer({ from: 1, to: 100 })),
    folders: flag("--folders", "folders only"),
  },
  examples: ["tree s3://photos", "tree s3://photos --depth 2 --folders"],
  next: ["find s3://photos --name '*.jpg'"],
  operations: [],
});

export const find = defineCommand({
  name: "find",
  summary: "Finds objects by name, size, age and tags.",
  about: "All that is given has to hold. * is any text without a slash, ** any text, ? one character.",
  arguments: { target: place },
  options: {
    ...endpointOptions,
    name: option("--name <glob>", "of what comes after the last slash"),
    path: option("--path <glob>", "of the whole key"),
    larger: option("--larger <size>", "than this: 100, 64KiB, 5MiB", sizeBytes),
    smaller: option("--smaller <size>", "than this", sizeBytes),
    older: option("--older <duration>", "than this: 90s, 15m, 24h, 7d", durationSeconds),
    newer: option("--newer <duration>", "than this", durationSeconds),
    tag: repeated("--tag <key=value>", "has this tag; asks for the tags of each", pair),
  },
  examples: ["find s3://photos --name '*.jpg' --larger 1MiB", "find s3://photos --older 30d --json"],
  next: ["rm s3://photos/a.jpg"],
  operations: [],
});

export const rm = defineCommand({
  name: "rm",
  aliases: ["del"],
  summary: "Removes an object, or all that begin alike.",
  about:
    "One object goes without a question. --recursive counts first, and wants the name typed; where versions are kept, delete markers go on top, unless --versions takes the versions away, too.",
  arguments: { target: argument("s3://BUCKET/KEY, or a prefix with --recursive") },
  options: {
    ...endpointOptions,
    recursive,
    versions: flag("--versions", "all versions and delete markers, for good"),
    versionId: option("--version-id <id>", "this version, for good"),
    bypassGovernance,
    force,
    dryRun,
  },
  examples: ["rm s3://photos/a.jpg --force", "rm --recursive s3://photos/old/ --dry-run"],
  next: ["undelete s3://photos/a.jpg"],
  isDestructive: true,
  operations: [],
});

export const undelete = defineCommand({
  name: "undelete",
  summary: "Brings back what was deleted, where versions are kept.",
  about: "It takes away the delete markers on top. What was removed with its versions does not come back.",
  arguments: { target: argument("s3://BUCKET/KEY, or a prefix with --recursive") },
  options: { ...endpointOptions, recursive, dryRun },
  examples: ["undelete s3://photos/a.jpg", "undelete --recursive s3://photos/old/ --dry-run"],
  next: ["ls --versions s3://photos"],
  operations: [],
});

export const share = defineCommand({
  name: "share",
  summary: "Makes a link to an object, for who has no key.",
  about:
    "The link is on stdout, and a line for curl on stderr. With --method post the line for curl is on stdout. Whoever has the link may use it until it ends, or the key that has signed it is revoked.",
  arguments: { target: object },
  options: {
    ...endpointOptions,
    method: choiceOr("--method <method>", "what the link is for", ["get", "put", "post"], "get"),
    expires: optionOr("--expires <duration>", "at most 7d", "1h", expiry),
    versionId,
    fileName: option("--file-name <name>", "what a browser saves it as (get)"),
    contentType: option("--content-type <type>", "that has to be uploaded (put, post)"),
    maxSize: option("--max-size <size>", "of an upload (post)", sizeBytes),
  },
  examples: ["share s3://photos/a.jpg --expires 30m", "share s3://photos/new.jpg --method put"],
  next: ["stat s3://photos/a.jpg"],
  operations: [],
});

export const mb = defineCommand({
  name: "mb",
  summary: "Makes a bucket.",
  arguments: { target: bucket },
  options: {
    ...endpointOptions,
    objectLock: flag("--object-lock", "versions can be kept from being deleted"),
    ifNotExists: flag("--if-not-exists", "one that is there will do"),
  },
  examples: ["mb s3://photos --if-not-exists", "mb s3://records --object-lock --if-not-exists"],
  next: ["ls s3://photos"],
  operations: [],
});

export const rb = defineCommand({
  name: "rb",
  summary: "Removes a bucket.",
  about: "One that is not empty stays, unless --with-objects takes everything in it away first, with all versions.",
  arguments: { target: bucket },
  options: {
    ...endpointOptions,
    withObjects: flag("--with-objects", "and all that is in it"),
    bypassGovernance,
    force,
    dryRun,
  },
  examples: ["rb s3://photos --dry-run", "rb s3://photos --with-objects --dry-run"],
  next: ["ls"],
  isDestructive: true,
  operations: [],
});

export const retentionGet = defineCommand({
  name: "retention get",
  summary: "Says until when a version is kept.",
  arguments: { target: object },
  options: { ...endpointOptions, versionId },
  examples: ["retention get s3://records/a.pdf", "retention get s3://records/a.pdf --json"],
  next: ["retention set s3://records/a.pdf --days 30"],
  operations: [],
});

export const retentionSet = defineCommand({
  name: "retention set",
  summary: "Keeps a version from being deleted for a time.",
  about: "Compliance can be made longer, but never shorter, by nobody.",
  arguments: { target: object },
  options: {
    ...endpointOptions,
    mode: choiceOr("--mode <mode>", "who may take it back", ["governance", "compliance"], "governance"),
    days: option("--days <n>", "from now", integer({ from: 1, to: 36_500 })),
    until: option("--until <time>", "such as 2030-01-01 or 2030-01-01T12:00:00Z", time),
    versionId,
    bypassGovernance: flag("--bypass-governance", "make it shorter; needs the right to"),
  },
  examples: [
    "retention set s3://records/a.pdf --days 30",
    "retention set s3://records/a.pdf --until 2099-01-01 --mode governance",
  ],
  next: ["retention get s3://records/a.pdf"],
  operations: [],
});

export const retentionClear = defineCommand({
  name: "retention clear",
  summary: "Lets a version that governance keeps be deleted again.",
  arguments: { target: object },
  options: { ...endpointOptions, versionId },
  examples: ["retention clear s3://records/a.pdf", "retention clear s3://records/a.pdf --json"],
  next: ["retention get s3://records/a.pdf"],
  operations: [],
});

const holds = {
  get: "Says whether a legal hold keeps a version.",
  set: "Keeps a version until the hold is lifted.",
  clear: "Lifts the hold.",
};

export const legalHoldGet = holdCommand("get");
export const legalHoldSet = holdCommand("set");
export const legalHoldClear = holdCommand("clear");

function holdCommand<const Verb extends keyof typeof holds>(verb: Verb) {
  return defineCommand({
    name: `legal-hold ${verb}`,
    summary: holds[verb],
    arguments: { target: object },
    options: { ...endpointOptions, versionId },
    examples: [`legal-hold ${verb} s3://records/a.pdf`, `legal-hold ${verb} s3://records/a.pdf --json`],
    next: ["stat s3://records/a.pdf"],
    operations: [],
  });
}

export const browseCommands: readonly AnyCommand[] = [
  withCode(ls, async () => (await import("./ls.ts")).run),
  withCode(stat, async () => (await import("./stat.ts")).run),
  withCode(du, async () => (await import("./du.ts")).run),
  withCode(tree, async () => (await import("./tree.ts")).run),
  withCode(find, async () => (await import("./find.ts")).run),
  withCode(rm, async () => (await import("./rm.ts")).run),
  withCode(undelete, async () => (await import("./undelete.ts")).run),
  withCode(share, async () => (await import("./share.ts")).run),
  withCode(mb, async () => (await import("./mb.ts")).run),
  withCode(rb, async () => (await import("./rb.ts")).run),
  withCode(retentionGet, async () => (await import("./retention-get.ts")).run),
  withCode(retentionSet, async () => (await import("./retention-set.ts")).run),
  withCode(retentionClear, async () => (await import("./retention-clear.ts")).run),
  withCode(legalHoldGet, async () => (await import("./legal-hold-get.ts")).run),
  withCode(legalHoldSet, async () => (await import("./legal-hold-set.ts")).run),
  withCode(legalHoldClear, async () => (await import("./legal-hold-clear.ts")).run),
];

function expiry(text: string): number {
  const seconds = durationSeconds(text);
  if (seconds >= 1 && seconds <= 604_800) return seconds;
  throw new InvalidValue(`Expected a duration of at most 7d, got "${text}".`);
}

function time(text: string): Date {
  const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? new Date(text)
    : undefined;
  if (date !== undefined && !Number.isNaN(date.getTime())) return date;
  throw new InvalidValue(`Expected a time such as 2030-01-01 or 2030-01-01T12:00:00Z, got "${text}".`);
}
