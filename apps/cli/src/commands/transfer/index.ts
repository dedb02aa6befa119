import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import {
  argument,
  choiceOr,
  flag,
  InvalidValue,
  integer,
  manyArguments,
  negativeFlag,
  option,
  optionOr,
  pair,
  repeated,
} from "../../command/options.ts";
import { endpointOptions } from "../../s3/find-endpoint.ts";

export const transferGroups: readonly CommandGroup[] = [
  { name: "transfers", aliases: ["transfer"], summary: "What was interrupted, and can be gone on with." },
];

/** Of the API, to find a service and its keys. */
const operations = ["createS3Session", "getService", "getServiceBySlug", "revealServiceParameter"];

const settings = {
  contentType: option("--content-type <type>", "by the name when left out"),
  cacheControl: option("--cache-control <value>", "how long it may be kept"),
  contentDisposition: option("--content-disposition <value>", "how browsers save it"),
  contentEncoding: option("--content-encoding <value>", "as it is stored: gzip"),
  metadata: repeated("--metadata <key=value>", "stored with it", pair),
  tag: repeated("--tag <key=value>", "a tag", pair),
  storageClass: option("--storage-class <class>", "STANDARD, …"),
};

const many = {
  include: repeated("--include <glob>", "only names like this: *.jpg, logs/**"),
  exclude: repeated("--exclude <glob>", "no names like this"),
  parallel: optionOr("--parallel <n>", "objects at a time", "32", integer({ from: 1, to: 256 })),
  dryRun: flag("--dry-run", "only say what would be done"),
  noResume: negativeFlag("--no-resume", "keep nothing of what is interrupted"),
};

const copying = {
  recursive: flag("-r, --recursive", "everything in a directory, or below a prefix"),
  ...many,
  ...settings,
  ifNoneMatch: flag("--if-none-match", "only where there is no object yet"),
  versionId: option("--version-id <id>", "of one object, this version"),
  ...endpointOptions,
};

const aboutTargets =
  "A remote place is s3://BUCKET/KEY, or CONTEXT:BUCKET/KEY; - is stdin or stdout; all else is a path. Keys are never changed.";

export const cp = defineCommand({
  name: "cp",
  summary: "Copies files and objects, to, from and between S3 servers.",
  about: `${aboutTargets} With --recursive what is in a directory is copied, not the directory itself. What is interrupted goes on with the same command.`,
  arguments: { paths: manyArguments("sources, and the target as the last one") },
  options: copying,
  examples: [
    "cp photo.jpg s3://photos/2026/photo.jpg",
    "cp s3://photos/2026/photo.jpg .",
    "cp --recursive ./site s3://photos/site/ --exclude '*.tmp'",
  ],
  next: ["ls s3://photos", "mirror ./site s3://photos/site/"],
  operations,
});

export const mv = defineCommand({
  name: "mv",
  summary: "Moves files and objects: copies them, and removes each source.",
  about: `${aboutTargets} A source is removed once its copy is stored and checked.`,
  arguments: { paths: manyArguments("sources, and the target as the last one") },
  options: copying,
  examples: [
    "mv s3://photos/2026/photo.jpg s3://photos/best/photo.jpg",
    "mv --recursive s3://photos/site/ s3://photos/old-site/ --dry-run",
  ],
  next: ["ls s3://photos"],
  operations,
});

export const cat = defineCommand({
  name: "cat",
  summary: "Writes objects to stdout.",
  about: "They are checked against the checksum of the server: when it does not match, the exit code is 1.",
  arguments: { targets: manyArguments("s3://BUCKET/KEY") },
  options: {
    range: option("--range <from-to>", "bytes: 0-99, or 100- to the end", byteRange),
    versionId: option("--version-id <id>", "this version"),
    ...endpointOptions,
  },
  examples: ["cat s3://photos/notes.txt", "cat --range 0-99 s3://photos/notes.txt"],
  next: ["stat s3://photos/notes.txt"],
  operations,
});

export const pipe = defineCommand({
  name: "pipe",
  summary: "Stores what comes from stdin as an object.",
  about: "It is there once stdin has ended; when something breaks before, nothing of it stays.",
  arguments: { target: argument("s3://BUCKET/KEY") },
  options: {
    ...settings,
    ifNoneMatch: flag("--if-none-match", "only where there is no object yet"),
    ...endpointOptions,
  },
  examples: [
    "pipe s3://photos/notes.txt < notes.txt",
    "pipe s3://photos/list.txt --content-type text/plain < notes.txt",
  ],
  next: ["cat s3://photos/notes.txt"],
  operations,
});

export const diff = defineCommand({
  name: "diff",
  summary: "Says in what two trees differ: directories, or prefixes of S3.",
  about: "< is only on the left, > only on the right, ! differs. The exit code is 1 when they differ.",
  arguments: { left: argument("a directory, or s3://BUCKET/PREFIX"), right: argument("likewise") },
  options: {
    include: many.include,
    exclude: many.exclude,
    compare: choiceOr("--compare <how>", "what has to be equal", ["checksum", "size"], "checksum"),
    ...endpointOptions,
  },
  examples: ["diff ./site s3://photos/site/", "diff s3://photos/site/ s3://photos/old-site/ --json"],
  next: ["mirror ./site s3://photos/site/"],
  operations,
});

export const mirror = defineCommand({
  name: "mirror",
  summary: "Makes one tree like another: copies what is missing or differs.",
  about:
    "Sizes and checksums are compared, so that a second run copies only the rest. --delete also removes what is only in the target, after both were listed to their ends and nothing has failed.",
  arguments: { source: argument("a directory, or s3://BUCKET/PREFIX"), target: argument("likewise") },
  options: {
    ...many,
    ...settings,
    delete: flag("--delete", "remove what is only in the target"),
    compare: choiceOr("--compare <how>", "what has to be equal", ["checksum", "size"], "checksum"),
    watch: flag("-w, --watch", "go on when something changes, until Ctrl-C"),
    interval: optionOr(
      "--interval <seconds>",
      "look at S3 again so often, with --watch",
      "30",
      integer({ from: 1, to: 86_400 }),
    ),
    ...endpointOptions,
  },
  examples: ["mirror ./site s3://photos/site/", "mirror s3://photos/site/ ./copy --delete --dry-run"],
  next: ["diff ./site s3://photos/site/"],
  isDestructive: true,
  operations,
});

export const transfersList = defineCommand({
  name: "transfers list",
  aliases: ["ls"],
  summary: "Lists transfers that were interrupted on this machine.",
  arguments: {},
  options: {},
  examples: ["transfers list", "transfers list --json"],
  next: ["transfers clear"],
  operations: [],
});

export const transfersClear = defineCommand({
  name: "transfers clear",
  summary: "Calls interrupted transfers off: their parts are removed.",
  about: "Uploads are called off at the server that is named here; of others nothing is changed.",
  arguments: {},
  options: { ...endpointOptions },
  examples: ["transfers clear", "transfers clear --json"],
  operations,
});

export const contextAdd = defineCommand({
  name: "context add",
  summary: "Remembers another S3 server, by a name to put in front of buckets.",
  about: "Its secret key is read from stdin, and kept where only you can read it: on the command line others could.",
  arguments: { name: argument("how to call it: NAME:BUCKET/KEY") },
  options: {
    endpoint: option("--endpoint <url>", "where it is"),
    key: option("--key <id>", "the key; its secret comes from stdin"),
    region: optionOr("--region <name>", "to sign for", "us-east-1", (text) => text),
    virtualHost: flag("--virtual-host", "the bucket in front of the host"),
    secretStdin: flag("--secret-stdin", "read the secret key from stdin"),
  },
  examples: [
    "context add lan --endpoint http://lan --key A --secret-stdin < key.txt",
    "context add nas --endpoint http://nas --key A --secret-stdin < key.txt",
  ],
  next: ["ls far:", "mirror far:photos s3://photos"],
  operations: [],
});

export const transferCommands: readonly AnyCommand[] = [
  withCode(cp, async () => (await import("./cp.ts")).run),
  withCode(mv, async () => (await import("./mv.ts")).run),
  withCode(cat, async () => (await import("./cat.ts")).run),
  withCode(pipe, async () => (await import("./pipe.ts")).run),
  withCode(diff, async () => (await import("./diff.ts")).run),
  withCode(mirror, async () => (await import("./mirror.ts")).run),
  withCode(transfersList, async () => (await import("./transfers-list.ts")).run),
  withCode(transfersClear, async () => (await import("./transfers-clear.ts")).run),
  withCode(contextAdd, async () => (await import("./context-add.ts")).run),
];

function byteRange(text: string): readonly [from: number, to: number | undefined] {
  const [, from, to] = /^(\d{1,15})-(\d{1,15})?$/.exec(text) ?? [];
  const range = [Number(from), to === undefined ? undefined : Number(to)] as const;
  if (from === undefined || (range[1] !== undefined && range[1] < range[0])) {
    throw new InvalidValue(`Expected bytes such as 0-99 or 100-, got "${text}".`);
  }
  return range;
}
