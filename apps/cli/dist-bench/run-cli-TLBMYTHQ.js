import {
  argument,
  choiceOr,
  endpointOptions,
  flag,
  InvalidValue,
  integer,
  manyArguments,
  negativeFlag,
  option,
  optionalArgument,
  optionOr,
  pair,
  repeated,
  required,
} from "./chunk-AR36GZH3.js";
import { readSettings } from "./chunk-CLA2V4MA.js";
import { version } from "./chunk-V6QAZNIZ.js";
import "./chunk-JE5UZ7OD.js";
import "./chunk-64REPC56.js";

// src/command/create-program.ts
import { Command, CommanderError, Option as CommanderOption } from "commander";
import { CliError, exitCodes } from "./chunk-B3FYOJ65.js";
import { printable } from "./chunk-XTRZEKZ5.js";

var helpWidth = 80;
var globalOptions = [
  ["--json", "answer as JSON; one object a line where there are many"],
  ["-q, --quiet", "say only what was asked for"],
  ["-y, --yes", "answer questions with yes"],
  ["--no-input", "never ask"],
  ["--no-progress", "no progress bars"],
  ["--no-color", "no colours; also NO_COLOR"],
  ["--absolute", "times as they are, not how long ago"],
  ["--url <url>", "the Stave that is meant; also STAVE_URL"],
  ["--context <name>", "one that was signed in to; also STAVE_CONTEXT"],
  ["--debug", "show requests and stack traces"],
];
function createProgram({ groups, commands }, onChosen) {
  const program = new Command("stave")
    .description("S3 storage on servers of your own.")
    .usage("<command> [options]")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, getOutHelpWidth: () => helpWidth, getErrHelpWidth: () => helpWidth })
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .version("", "-V, --version", "print the version");
  for (const [flags, about] of globalOptions) program.option(flags, about);
  const parents = /* @__PURE__ */ new Map();
  for (const { name, aliases = [], summary } of groups) {
    const words = name.split(" ");
    const last = words.pop() ?? "";
    const above = words.length === 0 ? program : parents.get(words.join(" "));
    if (above === void 0) throw new TypeError(`The group above "${name}" has to come before it.`);
    const group = above.command(last).description(summary).helpCommand(false).usage("<command> [options]");
    for (const alias of aliases) group.alias(alias);
    parents.set(name, group);
  }
  for (const command of commands) addCommand(program, parents, command, onChosen);
  return program;
}
function addCommand(program, parents, definition, onChosen) {
  const words = definition.name.split(" ");
  const last = words.pop() ?? "";
  const parent = words.length === 0 ? program : parents.get(words.join(" "));
  if (parent === void 0) throw new TypeError(`There is no group for "${definition.name}".`);
  const command = parent.command(last).description(definition.summary).allowExcessArguments(false);
  for (const alias of definition.aliases ?? []) command.alias(alias);
  const expected = Object.entries(definition.arguments);
  for (const [name, { about, isRequired, isVariadic }] of expected) {
    const inside = `${kebab(name)}${isVariadic ? "..." : ""}`;
    command.argument(isRequired ? `<${inside}>` : `[${inside}]`, about);
  }
  const options = Object.entries(definition.options);
  const parsed = options.map(([name, option2]) => [name, option2, toCommander(option2)]);
  for (const [, , option2] of parsed) command.addOption(option2);
  command.addHelpText(
    "after",
    helpEnd(definition, (text) => command.createHelp().boxWrap(text, helpWidth)),
  );
  command.action((...given) => {
    const raw = command.opts();
    onChosen({
      command: definition,
      arguments: Object.fromEntries(
        expected.map(([name, argument2], at) => [name, read(`<${kebab(name)}>`, argument2, given[at])]),
      ),
      options: Object.fromEntries(
        parsed.map(([name, option2, shown]) => [name, read(shown.flags, option2, raw[shown.attributeName()])]),
      ),
      globals: program.opts(),
    });
  });
}
function toCommander({ flags, about, isRequired, isRepeatable, fallback, choices }) {
  const extra = [
    ...(choices === void 0 ? [] : [`one of ${choices.join(", ")}`]),
    ...(fallback === void 0 || fallback === "" ? [] : [`default ${fallback}`]),
    ...(isRepeatable ? ["may be repeated"] : []),
  ];
  const option2 = new CommanderOption(flags, extra.length === 0 ? about : `${about} (${extra.join("; ")})`);
  if (isRequired) option2.makeOptionMandatory();
  if (isRepeatable) {
    option2.argParser((text, before) => [...(before ?? []), text]);
  }
  return option2;
}
function read(flags, { read: parse }, raw) {
  try {
    return parse(raw);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new CliError("Usage", `${flags}: ${error.message}`, { cause: error });
  }
}
function helpEnd({ about, examples, next = [], isDestructive = false }, wrap) {
  return [
    ...(about === void 0 ? [] : ["", wrap(about)]),
    "",
    "Examples:",
    ...examples.map((line) => `  stave ${line}`),
    ...(next.length === 0 ? [] : ["", "Next:", ...next.map((line) => `  stave ${line}`)]),
    "",
    ...(isDestructive ? ["It cannot be taken back: look with --dry-run first.", ""] : []),
    "Options of every command: stave help options",
  ].join("\n");
}
function parserError(error, tree, args) {
  if (error instanceof CliError) return error;
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return void 0;
  const words = args.filter((arg) => !arg.startsWith("-"));
  const group = findGroup(tree, words);
  if (error.code === "commander.help" && group !== void 0) {
    return new CliError("Usage", `stave ${group.name} needs to know what to do.`, {
      next: tree.commands.filter(({ name }) => name.startsWith(`${group.name} `)).map(({ name }) => `stave ${name}`),
    });
  }
  const [message = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const why = rest.join(" ").replaceAll(/^\(|\)$/g, "");
  const command = findCommand(tree, words);
  return new CliError("Usage", capitalize(message), {
    ...(why !== "" && { why }),
    next: command === void 0 ? [] : [`stave ${command.examples[0]}`, `stave ${command.name} --help`],
    cause: error,
  });
}
function findGroup({ groups }, words) {
  let found;
  for (const word of words) {
    const above = found === void 0 ? "" : `${found.name} `;
    const next = groups.find(({ name, aliases = [] }) =>
      [name, ...aliases.map((alias) => `${above}${alias}`)].includes(`${above}${word}`),
    );
    if (next === void 0) return found;
    found = next;
  }
  return found;
}
function findCommand(tree, words) {
  const group = findGroup(tree, words)?.name;
  const said = words[group === void 0 ? 0 : group.split(" ").length] ?? "";
  const above = group === void 0 ? "" : `${group} `;
  return tree.commands.find(({ name, aliases = [] }) =>
    [name, ...aliases.map((alias) => `${name.split(" ").slice(0, -1).concat(alias).join(" ")}`)].includes(
      `${above}${said}`,
    ),
  );
}
function exitCodeHelp() {
  const meaning = {
    Failed: "it did not work; of a transfer: at least one object failed",
    Usage: "the command line is wrong",
    Network: "nobody answered; trying again may help",
    Unauthenticated: "not signed in",
    Forbidden: "not permitted",
    NotFound: "there is no such thing",
    Conflict: "it is not in a state for that",
    NotSupported: "this server cannot do that",
    Interrupted: "Ctrl-C, or a question answered with no",
  };
  const lines = Object.entries(exitCodes).map(([code, number]) => `${String(number).padStart(4)}  ${meaning[code]}`);
  return ["Exit codes", "", "   0  done", ...lines, ""].join("\n");
}
function kebab(name) {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
function capitalize(text) {
  const [first = "", ...rest] = text;
  return `${first.toUpperCase()}${rest.join("")}${text.endsWith(".") ? "" : "."}`;
}

// src/command/prompts.ts
function createPrompts({ canAsk, isYes }) {
  const ask = async (flag2, show) => {
    if (!canAsk) {
      throw new CliError("Usage", `${flag2} is missing.`, { why: "Nobody can be asked: this is no terminal." });
    }
    const library = await import("@clack/prompts");
    const answer = await show(library);
    if (typeof answer === "symbol") throw new CliError("Interrupted", "Nothing was changed.");
    return answer;
  };
  const output = process.stderr;
  return {
    canAsk,
    text: (message, { flag: flag2, initial }) =>
      ask(flag2, ({ text }) =>
        text({
          message,
          output,
          ...(initial !== void 0 && { initialValue: initial }),
          validate: (answer) => (answer === void 0 || answer.trim() === "" ? "Expected a value." : void 0),
        }),
      ),
    secret: (message, { flag: flag2 }) => ask(flag2, ({ password }) => password({ message, output })),
    select: (message, { flag: flag2, choices }) =>
      ask(flag2, ({ select }) => select({ message, output, options: [...choices] })),
    async confirm(message) {
      if (isYes) return;
      const answer = await ask("--yes", ({ confirm }) => confirm({ message, output, initialValue: false }));
      if (!answer) throw new CliError("Interrupted", "Nothing was changed.");
    },
    async confirmByName(question, name) {
      if (isYes) return;
      const typed = await ask("--yes", ({ text }) => text({ message: `${question} Type ${name} to go on.`, output }));
      if (typed !== name) throw new CliError("Interrupted", `That is not ${name}: nothing was changed.`);
    },
  };
}

// src/command/define-command.ts
function defineCommand(definition) {
  return definition;
}
function withCode(definition, load) {
  return { ...definition, load };
}

// src/commands/contexts/index.ts
var contextGroups = [
  { name: "context", aliases: ["contexts"], summary: "Which Stave is used." },
  { name: "config", summary: "What is set, and where." },
];
var login = defineCommand({
  name: "login",
  summary: "Signs in to a Stave, and remembers it.",
  about: "The token is asked for, or read from stdin: on the command line others could read it.",
  arguments: { url: optionalArgument("where its API is; http://127.0.0.1:7400 when left out") },
  options: {
    name: option("--name <name>", "how to call it; its host when left out"),
    tokenStdin: flag("--token-stdin", "read the token from stdin"),
  },
  examples: ["login", "login https://stave.example.com --token-stdin < token.txt"],
  next: ["whoami", "services list"],
  operations: ["getSession"],
});
var logout = defineCommand({
  name: "logout",
  summary: "Forgets the token of a context.",
  about: "The token itself stays valid until it is revoked: stave tokens revoke ID.",
  arguments: {},
  options: {},
  examples: ["logout", "logout --context stave.example.com"],
  operations: [],
});
var whoami = defineCommand({
  name: "whoami",
  summary: "Says who one is to this Stave, and what one may do.",
  arguments: {},
  options: {},
  examples: ["whoami", "whoami --json"],
  operations: ["getSession"],
});
var contextList = defineCommand({
  name: "context list",
  aliases: ["ls"],
  summary: "Lists what was signed in to.",
  arguments: {},
  options: {},
  examples: ["context list", "context list --json"],
  next: ["context use NAME"],
  operations: [],
});
var contextUse = defineCommand({
  name: "context use",
  summary: "Uses another one from now on.",
  arguments: { name: argument("as context list shows it") },
  options: {},
  examples: ["context use stave.example.com", "context use local"],
  operations: [],
});
var contextRemove = defineCommand({
  name: "context remove",
  aliases: ["rm"],
  summary: "Forgets one, with its token.",
  arguments: { name: argument("as context list shows it") },
  options: {},
  examples: ["context remove old.example.com", "context rm local"],
  operations: [],
});
var configShow = defineCommand({
  name: "config show",
  summary: "Shows what is set, and where each value comes from.",
  arguments: {},
  options: {},
  examples: ["config show", "config show --json"],
  operations: [],
});
var contextCommands = [
  withCode(login, async () => (await import("./login-OKSFBEWW.js")).run),
  withCode(logout, async () => (await import("./logout-GXUSBHHX.js")).run),
  withCode(whoami, async () => (await import("./whoami-OHQO63XE.js")).run),
  withCode(contextList, async () => (await import("./context-list-D7SUCP7W.js")).run),
  withCode(contextUse, async () => (await import("./context-use-ILJYZ3UZ.js")).run),
  withCode(contextRemove, async () => (await import("./context-remove-CQWEEOUI.js")).run),
  withCode(configShow, async () => (await import("./config-show-K6VHV7ZQ.js")).run),
];

// src/commands/jobs/index.ts
var jobGroups = [{ name: "jobs", aliases: ["job"], summary: "What takes longer: how far it is, and how it ended." }];
var jobsList = defineCommand({
  name: "jobs list",
  aliases: ["ls"],
  summary: "Lists jobs, newest first.",
  arguments: {},
  options: {
    limit: optionOr("--limit <n>", "how many", "20", integer({ from: 1, to: 1e3 })),
    subject: option("--subject <subject>", "of one thing only: service:10"),
  },
  examples: ["jobs list", "jobs list --subject service:1 --json"],
  next: ["jobs watch ID"],
  operations: ["listJobs"],
});
var jobsShow = defineCommand({
  name: "jobs show",
  summary: "Shows one job: its steps, and how it ended.",
  arguments: { id: argument("as jobs list shows it") },
  options: {},
  examples: ["jobs show ID", "jobs show ID --json"],
  operations: ["getJob"],
});
var jobsWatch = defineCommand({
  name: "jobs watch",
  summary: "Waits for a job; exits as the job has ended.",
  arguments: { id: argument("as jobs list shows it") },
  options: {},
  examples: ["jobs watch ID", "jobs watch ID --json"],
  operations: ["getJob"],
});
var jobsCancel = defineCommand({
  name: "jobs cancel",
  summary: "Calls a job off that has not begun.",
  arguments: { id: argument("as jobs list shows it") },
  options: {},
  examples: ["jobs cancel ID", "jobs cancel ID --json"],
  operations: ["cancelJob"],
});
var jobCommands = [
  withCode(jobsList, async () => (await import("./jobs-list-U6AE2OQR.js")).run),
  withCode(jobsShow, async () => (await import("./jobs-show-HI7PFQWX.js")).run),
  withCode(jobsWatch, async () => (await import("./jobs-watch-JMXYC63S.js")).run),
  withCode(jobsCancel, async () => (await import("./jobs-cancel-VDMAPZQE.js")).run),
];

// src/commands/services/index.ts
var serviceGroups = [
  { name: "services", aliases: ["service", "svc"], summary: "S3 services: made, linked, watched, upgraded, removed." },
];
var id = required("--id <id>", "the service, as services list shows it", integer({ from: 1, to: 2147483647 }));
var servicesList = defineCommand({
  name: "services list",
  aliases: ["ls"],
  summary: "Lists the services.",
  arguments: {},
  options: {},
  examples: ["services list", "services list --json"],
  next: ["services show --id 1", "services create -t s3 -n my-storage"],
  operations: ["listServices"],
});
var servicesShow = defineCommand({
  name: "services show",
  summary: "Shows one service: its endpoints, keys and parameters.",
  about: "The secret key is masked. --reveal shows it, and is written to the audit log.",
  arguments: {},
  options: { id, reveal: flag("--reveal", "show the secret key") },
  examples: ["services show --id 1", "services show --id 1 --reveal"],
  next: ["services link --id 1 --project my-app"],
  operations: ["getService", "revealServiceParameter"],
});
var servicesCreate = defineCommand({
  name: "services create",
  summary: "Makes a service.",
  about: "Which parameters an engine takes: stave services types.",
  arguments: {},
  options: {
    type: choiceOr("-t, --type <type>", "the type of service", ["s3"], "s3"),
    name: option("-n, --name <name>", "what to call it"),
    engine: option("--engine <engine>", "stave (built in), external, rustfs, minio or custom"),
    set: repeated("-s, --set <key=value>", "a parameter", pair),
    ifNotExists: flag("--if-not-exists", "one of this name will do"),
    noWait: negativeFlag("--no-wait", "do not wait until it runs; print the job"),
  },
  examples: ["services create -t s3 -n my-storage -y", "services create -n small -s quota_tier=10gb --if-not-exists"],
  next: ["services show --id ID", "services link --id ID --project my-app"],
  operations: ["createService", "getServiceBySlug"],
});
var serviceCommands = [
  withCode(servicesList, async () => (await import("./services-list-2SNJZTL5.js")).run),
  withCode(servicesShow, async () => (await import("./services-show-KPI6CN7J.js")).run),
  withCode(servicesCreate, async () => (await import("./services-create-YAVPY6TB.js")).run),
];

// src/commands/transfer/index.ts
var transferGroups = [
  { name: "transfers", aliases: ["transfer"], summary: "What was interrupted, and can be gone on with." },
];
var operations = ["createS3Session", "getService", "getServiceBySlug", "revealServiceParameter"];
var settings = {
  contentType: option("--content-type <type>", "by the name when left out"),
  cacheControl: option("--cache-control <value>", "how long it may be kept"),
  contentDisposition: option("--content-disposition <value>", "how browsers save it"),
  contentEncoding: option("--content-encoding <value>", "as it is stored: gzip"),
  metadata: repeated("--metadata <key=value>", "stored with it", pair),
  tag: repeated("--tag <key=value>", "a tag", pair),
  storageClass: option("--storage-class <class>", "STANDARD, \u2026"),
};
var many = {
  include: repeated("--include <glob>", "only names like this: *.jpg, logs/**"),
  exclude: repeated("--exclude <glob>", "no names like this"),
  parallel: optionOr("--parallel <n>", "objects at a time", "32", integer({ from: 1, to: 256 })),
  dryRun: flag("--dry-run", "only say what would be done"),
  noResume: negativeFlag("--no-resume", "keep nothing of what is interrupted"),
};
var copying = {
  recursive: flag("-r, --recursive", "everything in a directory, or below a prefix"),
  ...many,
  ...settings,
  ifNoneMatch: flag("--if-none-match", "only where there is no object yet"),
  versionId: option("--version-id <id>", "of one object, this version"),
  ...endpointOptions,
};
var aboutTargets =
  "A remote place is s3://BUCKET/KEY, or CONTEXT:BUCKET/KEY; - is stdin or stdout; all else is a path. Keys are never changed.";
var cp = defineCommand({
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
var mv = defineCommand({
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
var cat = defineCommand({
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
var pipe = defineCommand({
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
var diff = defineCommand({
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
var mirror = defineCommand({
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
      integer({ from: 1, to: 86400 }),
    ),
    ...endpointOptions,
  },
  examples: ["mirror ./site s3://photos/site/", "mirror s3://photos/site/ ./copy --delete --dry-run"],
  next: ["diff ./site s3://photos/site/"],
  isDestructive: true,
  operations,
});
var transfersList = defineCommand({
  name: "transfers list",
  aliases: ["ls"],
  summary: "Lists transfers that were interrupted on this machine.",
  arguments: {},
  options: {},
  examples: ["transfers list", "transfers list --json"],
  next: ["transfers clear"],
  operations: [],
});
var transfersClear = defineCommand({
  name: "transfers clear",
  summary: "Calls interrupted transfers off: their parts are removed.",
  about: "Uploads are called off at the server that is named here; of others nothing is changed.",
  arguments: {},
  options: { ...endpointOptions },
  examples: ["transfers clear", "transfers clear --json"],
  operations,
});
var contextAdd = defineCommand({
  name: "context add",
  summary: "Remembers another S3 server, by a name to put in front of buckets.",
  about: "Its secret key is read from stdin, and kept where only you can read it: on the command line others could.",
  arguments: { name: argument("how to call it: NAME:BUCKET/KEY") },
  options: {
    endpoint: option("--endpoint <url>", "where it is"),
    accessKeyId: option("--access-key-id <id>", "the key; its secret comes from stdin"),
    region: optionOr("--region <name>", "to sign for", "us-east-1", (text) => text),
    virtualHost: flag("--virtual-host", "the bucket in front of the host"),
    secretStdin: flag("--secret-stdin", "read the secret key from stdin"),
  },
  examples: [
    "context add elsewhere --endpoint https://s3.example.com --access-key-id AKIA --secret-stdin < secret.txt",
    "context add old --endpoint http://10.0.0.5:9000 --access-key-id admin --secret-stdin < secret.txt",
  ],
  next: ["ls elsewhere:", "mirror elsewhere:photos s3://photos"],
  operations: [],
});
var transferCommands = [
  withCode(cp, async () => (await import("./cp-TRXBAGWL.js")).run),
  withCode(mv, async () => (await import("./mv-KSDYHEOQ.js")).run),
  withCode(cat, async () => (await import("./cat-2NYCJEWY.js")).run),
  withCode(pipe, async () => (await import("./pipe-RF2PSV7K.js")).run),
  withCode(diff, async () => (await import("./diff-V32VFL2I.js")).run),
  withCode(mirror, async () => (await import("./mirror-QELCXB2V.js")).run),
  withCode(transfersList, async () => (await import("./transfers-list-CU32XPHW.js")).run),
  withCode(transfersClear, async () => (await import("./transfers-clear-PFFFFJEJ.js")).run),
  withCode(contextAdd, async () => (await import("./context-add-U5INIRL3.js")).run),
];
function byteRange(text) {
  const [, from, to] = /^(\d{1,15})-(\d{1,15})?$/.exec(text) ?? [];
  const range = [Number(from), to === void 0 ? void 0 : Number(to)];
  if (from === void 0 || (range[1] !== void 0 && range[1] < range[0])) {
    throw new InvalidValue(`Expected bytes such as 0-99 or 100-, got "${text}".`);
  }
  return range;
}

// src/commands/index.ts
var commandTree = {
  groups: [...contextGroups, ...serviceGroups, ...jobGroups, ...transferGroups],
  commands: [...contextCommands, ...serviceCommands, ...jobCommands, ...transferCommands],
};

// src/output/output.ts
import { styleText } from "node:util";

// src/output/format-error.ts
function formatError(error, { isJson, isDebug, bold }) {
  if (isJson)
    return `${JSON.stringify(error.problem ?? toProblem(error))}
`;
  const { message, why, next, requestId, serverCode } = error;
  const lines = [
    `${bold("error:")} ${printable(message)}${serverCode === void 0 ? "" : `  [${printable(serverCode)}]`}`,
    ...(why === void 0 ? [] : [`  why:  ${printable(why)}`]),
    ...next.map((action, at) => `  ${at === 0 ? "next: " : "      "}${printable(action)}`),
    ...(requestId === void 0 ? [] : [`  request ${printable(requestId)}`]),
  ];
  if (isDebug) lines.push(...stackOf(error));
  return `${lines.join("\n")}
`;
}
function toProblem({ code, message, why, next, requestId, serverCode }) {
  return {
    type: "about:blank",
    title: message,
    ...(why !== void 0 && { detail: why }),
    code: serverCode ?? code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase(),
    ...(requestId !== void 0 && { requestId }),
    ...(next.length > 0 && { nextActions: next }),
  };
}
function stackOf(error) {
  const cause = error.cause instanceof Error ? ["caused by:", ...stackOf(error.cause)] : [];
  return [...(error.stack ?? String(error)).split("\n").map(printable), ...cause];
}

// src/output/output.ts
function createOutput(options) {
  const { stdout, stderr, isJson, isQuiet, isDebug, isAbsolute, isTerminal, hasColor } = options;
  let shown = 0;
  const say = (text) => {
    stderr.write(`${clearLines(shown)}${text}`);
    shown = 0;
  };
  const style = (format, text) => (hasColor ? styleText(format, text, { validateStream: false }) : text);
  const result = (data, render) => {
    if (shown > 0) say("");
    stdout.write(
      isJson
        ? `${JSON.stringify(data, null, 2)}
`
        : render(),
    );
  };
  return {
    isJson,
    isAbsolute,
    isTerminal,
    raw: stdout,
    result,
    item(data, render) {
      if (shown > 0) say("");
      stdout.write(
        isJson
          ? `${JSON.stringify(data)}
`
          : render(),
      );
    },
    list(rows, { render, empty }) {
      if (!isJson && rows.length === 0)
        say(`${empty}
`);
      else result(rows, render);
    },
    status(lines) {
      if (!isTerminal || isQuiet) return;
      say(
        lines
          .map(
            (line) => `${line}
`,
          )
          .join(""),
      );
      shown = lines.length;
    },
    note(text) {
      if (!isQuiet)
        say(`${text}
`);
    },
    warn(text) {
      say(`warning: ${text}
`);
    },
    debug(text) {
      if (isDebug)
        say(`${style("dim", `debug: ${text}`)}
`);
    },
    failed(error) {
      say(formatError(error, { isJson, isDebug, bold: (text) => style("bold", text) }));
    },
    bold: (text) => style("bold", text),
    dim: (text) => style("dim", text),
  };
}
function clearLines(count) {
  return count === 0 ? "" : `\x1B[${count}A\x1B[J`;
}

// src/run-cli.ts
async function runCli(args, io) {
  const isJson = args.includes("--json") || io.environment.STAVE_OUTPUT === "json";
  const early = createOutput({ ...looksOf({ isJson }, io), isJson });
  let chosen;
  try {
    const answered = answerWithoutCommand(args);
    if (answered !== void 0) {
      io.stdout.write(answered);
      return 0;
    }
    chosen = choose(args, io);
  } catch (error) {
    return fail(error, early);
  }
  if (chosen === void 0) return 0;
  return await run(chosen, io);
}
function answerWithoutCommand(args) {
  const [first, second] = args;
  if (first === "help" && second === "exit-codes") return exitCodeHelp();
  return void 0;
}
function choose(args, { stdout }) {
  let chosen;
  const program = createProgram(commandTree, (found) => {
    chosen = found;
  });
  program.configureOutput({ writeOut: (text) => stdout.write(text) });
  const wanted = args[0] === "help" ? [...args.slice(1).filter((word) => word !== "options"), "--help"] : args;
  try {
    program.parse(wanted.length === 0 ? ["--help"] : [...wanted], { from: "user" });
  } catch (error) {
    const refused = parserError(error, commandTree, wanted);
    if (refused !== void 0) throw refused;
  }
  return chosen;
}
async function run({ command, arguments: given, options, globals }, io) {
  const { environment, stdin, stderr, signal } = io;
  const isJson = globals.json === true || environment.STAVE_OUTPUT === "json";
  const isDebug = globals.debug === true;
  const isYes = globals.yes === true;
  const isQuiet = globals.quiet === true;
  const output = createOutput({
    ...looksOf(globals, io),
    isJson,
    isQuiet,
    isDebug,
    isAbsolute: globals.absolute === true,
  });
  const closing = [];
  try {
    const settings2 = await readSettings(
      { url: asText(globals.url), context: asText(globals.context) },
      { environment, directory: io.directory },
    );
    const canAsk =
      stdin.isTTY === true && stderr.isTTY === true && globals.input !== false && !isSet(environment.CI) && !isJson;
    const start = await command.load();
    await start({
      arguments: given,
      options,
      globals: { isJson, isQuiet, isDebug, isYes },
      output,
      prompts: createPrompts({ canAsk, isYes }),
      settings: settings2,
      environment,
      stdin,
      now: () => /* @__PURE__ */ new Date(),
      signal,
      async api() {
        const { createApiClient } = await import("./api-client-AYXXF7OW.js");
        const client = createApiClient({
          url: settings2.url.value,
          token: settings2.token?.value,
          userAgent: `stave/${version}`,
          output,
          signal,
        });
        closing.push(() => client.close());
        return client;
      },
    });
    return 0;
  } catch (error) {
    return fail(signal.aborted ? new CliError("Interrupted", "Interrupted.", { cause: error }) : error, output);
  } finally {
    await Promise.all(closing.map((close) => close()));
  }
}
function fail(error, output) {
  const known =
    error instanceof CliError
      ? error
      : new CliError("Failed", error instanceof Error ? error.message : String(error), {
          why: "This is a mistake of stave itself.",
          next: ["run it again with --debug, and report what it prints"],
          cause: error,
        });
  output.failed(known);
  return exitCodes[known.code];
}
function looksOf(globals, { environment, stdout, stderr }) {
  const isForced = isSet(environment.FORCE_COLOR) && environment.FORCE_COLOR !== "0";
  const isOff = isSet(environment.NO_COLOR) || environment.TERM === "dumb" || globals.color === false;
  return {
    stdout,
    stderr,
    isJson: globals.isJson === true,
    isQuiet: false,
    isDebug: false,
    isAbsolute: false,
    isTerminal: stderr.isTTY === true && globals.progress !== false && !isSet(environment.CI),
    hasColor: !isOff && (isForced || stderr.isTTY === true),
  };
}
function isSet(value) {
  return value !== void 0 && value !== "";
}
function asText(value) {
  return typeof value === "string" ? value : void 0;
}

export { runCli };
//# sourceMappingURL=run-cli-TLBMYTHQ.js.map
