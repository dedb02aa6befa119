import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { domainList, file, integer, matching, notEmpty } from "./config-values.ts";
import { defaultOwnership, type ObjectOwnership, objectOwnerships } from "./configuration/access-rules.ts";
import { realDayMs } from "./lifecycle/due-date.ts";
import { addLimitSettings, type LimitSettings, limitSettings } from "./limits/limit-settings.ts";
import { UsageError } from "./process/usage-error.ts";

/** Everything an operator can set, read once. Flags win over environment variables. */
export type Config = LimitSettings & {
  readonly dataDirectory: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly region: string;
  /** Accounts and keys to add at the start. */
  readonly usersFile: string | undefined;
  /** Of the one key of the operator's that is the same in every start, with one of the two below. */
  readonly rootAccessKey: string | undefined;
  readonly rootSecretKeyFile: string | undefined;
  /** Only from the environment: everybody on a machine can read its command lines. */
  readonly rootSecretKey: string | undefined;
  /** Undefined: `encryption_key` in the data directory. */
  readonly encryptionKeyFile: string | undefined;
  readonly workers: number;
  /** Undefined: the default port, or any free one where that is taken. */
  readonly adminPort: number | undefined;
  readonly domains: readonly string[];
  /** Longest first. */
  readonly websiteDomains: readonly string[];
  readonly maxObjectBytes: number;
  /** Of buckets that are made without saying. */
  readonly objectOwnership: ObjectOwnership;
  /** At most so much is read to find damaged bytes; 0: nothing. */
  readonly scrubMibPerSecond: number;
  /** JSON: where events of buckets may be sent to. */
  readonly webhookTargets: string | undefined;
  /** JSON: where objects of buckets may be copied to. */
  readonly replicationRemotes: string | undefined;
  /** Between two runs of the lifecycle rules. Undefined: a day of a rule. */
  readonly lifecycleIntervalSeconds: number | undefined;
  /** How long a day of a lifecycle rule is. Anything but a real day is for tests: objects go that much sooner. */
  readonly dangerousLifecycleDaySeconds: number;
  readonly logLevel: LogLevel;
  /** Print how to connect, for a person who has just started this. */
  readonly welcome: boolean;
};

const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** The largest PUT and part of S3. */
const largestObjectBytes = 5 * 1024 ** 3;

const secondsOfDay = realDayMs / 1000;

export type HelpRequest = { readonly help: string };

/** The configuration, or the help text that was asked for instead. Throws a {@link UsageError}. */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): Config | HelpRequest {
  let help = "";
  const command = createCommand()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
    });
  try {
    command.parse([...args], { from: "user" });
    const settings = environmentArguments(command, env);
    command.parse([...settings, ...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help };
    throw usageError(error);
  }
  const options = command.opts<Omit<Config, "dataDirectory" | "usersFile"> & { dataDir: string; users?: string }>();
  const { dataDir, users, encryptionKeyFile, ...rest } = options;
  return Object.freeze({
    ...rest,
    ...limitSettings(options),
    adminPort: options.adminPort,
    rootAccessKey: options.rootAccessKey,
    rootSecretKeyFile: options.rootSecretKeyFile,
    rootSecretKey: env.STAVE_ROOT_SECRET_KEY || undefined, // empty is unset, as with all variables
    webhookTargets: options.webhookTargets,
    replicationRemotes: options.replicationRemotes,
    lifecycleIntervalSeconds: options.lifecycleIntervalSeconds,
    dataDirectory: resolve(dataDir),
    usersFile: users === undefined ? undefined : resolve(users),
    encryptionKeyFile: encryptionKeyFile === undefined ? undefined : resolve(encryptionKeyFile),
  });
}

/** What the environment says about settings that no flag was given for, as flags. commander itself reads only `process.env`. */
function environmentArguments(command: Command, env: NodeJS.ProcessEnv): readonly string[] {
  const unset = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) !== "cli");
  return unset.flatMap((option) => {
    const variable = variableOf(option);
    const value = env[variable];
    // An empty variable is what `VAR= command` and compose files leave of an unset one.
    if (value === undefined || value === "") return [];
    if (option.isBoolean()) return value === "0" || value === "false" ? [] : [`--${option.name()}`];
    const argument = `--${option.name()}=${value}`;
    try {
      // Alone first, so that a bad value can be blamed on its variable.
      command.parse([argument], { from: "user" });
    } catch (error) {
      if (error instanceof CommanderError) throw usageError(error, variable);
      throw error;
    }
    return [argument];
  });
}

function variableOf(option: Option): string {
  return `STAVE_${option.name().replaceAll("-", "_").toUpperCase()}`;
}

/** One line of what the parser of the flags has to say. */
export function usageError(error: CommanderError, variable?: string): UsageError {
  const reason = error.message
    .replace(/^error: /, "")
    .replaceAll("\n", " ")
    .replace(/\.?$/, ".");
  return new UsageError(`${variable === undefined ? "" : `${variable}: `}${reason} See --help.`, { cause: error });
}

function createCommand(): Command {
  const command = new Command("stave-gateway")
    .description("Serves the S3 protocol from a data directory. Stays in the foreground; SIGTERM drains and stops it.")
    .helpOption("-h, --help", "show this text")
    .addHelpText(
      "after",
      "\nCommands for a data directory, each with its own --help; the first three only while no server uses it:\n" +
        "  stave-gateway check      look whether everything is there and as it was written\n" +
        "  stave-gateway sweep      remove what interrupted servers have left\n" +
        "  stave-gateway snapshot   make a second directory with the same contents\n" +
        "  stave-gateway lifecycle  name what lifecycle rules would delete\n" +
        "  stave-gateway events     show, retry or drop what could not be delivered\n" +
        "  stave-gateway keys       issue, list, rotate and revoke access keys\n" +
        "  stave-gateway accounts   who owns buckets and keys\n" +
        "  stave-gateway projects   buckets that belong together\n" +
        "  stave-gateway encryption show and rotate the master key\n" +
        "  stave-gateway audit      show who has changed what\n" +
        "  stave-gateway why        say why the running server refused a request",
    )
    .allowExcessArguments(false);
  const add = (flags: string, description: string, change: (option: Option) => Option) => {
    const option = new Option(flags, description);
    option.description += ` [${variableOf(option)}]`;
    command.addOption(change(option));
  };
  add("--data-dir <dir>", "where objects and keys are kept", (option) =>
    option.default("./stave-data").argParser(notEmpty),
  );
  add("--host <address>", "address to listen on; anything but loopback opens the server to others", (option) =>
    // Listening on an empty host would be listening on every address.
    option.default("127.0.0.1").argParser(notEmpty),
  );
  add("--port <n>", "port to listen on; 0 picks a free one", (option) =>
    option.default(7480).argParser(integer(0, 65_535)),
  );
  add("--region <name>", "the region that clients sign for", (option) =>
    option
      .default("us-east-1")
      .argParser(matching(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and hyphens")),
  );
  add(
    "--users <file>",
    "JSON array of accounts { id, displayName, email, accessKeyId, secretAccessKey } to add at the start",
    (option) => option.argParser(notEmpty),
  );
  add(
    "--root-access-key <id>",
    "id of a key of your choice that opens everything of the account root; its secret: STAVE_ROOT_SECRET_KEY, or",
    (option) => option.argParser(notEmpty),
  );
  add("--root-secret-key-file <file>", "a file with the secret of the root access key", (option) =>
    option.argParser(file),
  );
  add(
    "--encryption-key-file <file>",
    "the key that all secrets and encrypted objects depend on; mode 0600 (default: encryption_key in the data directory); made on the very first start",
    (option) => option.argParser(notEmpty),
  );
  add("--workers <n>", "processes that serve requests", (option) =>
    option.default(availableParallelism(), "one for each core").argParser(integer(1, 256)),
  );
  add(
    "--admin-port <n>",
    "loopback port of /livez, /readyz and /metrics (default: 7481, or a free one if that is taken)",
    (option) => option.argParser(integer(0, 65_535)),
  );
  add("--domains <names>", "comma-separated host names below which BUCKET.NAME addresses a bucket", (option) =>
    option.default(["localhost"], "localhost").argParser(domainList),
  );
  add(
    "--website-domains <names>",
    "comma-separated host names below which BUCKET.NAME is the website of a bucket; NAME is that of the bucket NAME",
    (option) => option.default(["s3-website.localhost"], "s3-website.localhost").argParser(domainList),
  );
  add("--max-object-bytes <n>", "largest PUT or part", (option) =>
    option.default(largestObjectBytes).argParser(integer(1, largestObjectBytes)),
  );
  add("--object-ownership <name>", "whose objects are in new buckets; BucketOwnerEnforced turns ACLs off", (option) =>
    option.choices(objectOwnerships).default(defaultOwnership),
  );
  add(
    "--scrub-mib-per-second <n>",
    "limit for reading stored bytes to find damage; all are read within 14 days where it allows; 0 turns it off",
    (option) => option.default(16).argParser(integer(0, 100_000)),
  );
  add(
    "--webhook-targets <file>",
    "JSON array of receivers of bucket events { name, url, secret, allowedNetworks }",
    (option) => option.argParser(file),
  );
  add(
    "--replication-remotes <file>",
    "JSON array of servers to copy to { name, endpoint, region, accessKeyId, secretAccessKey, allowedNetworks }",
    (option) => option.argParser(file),
  );
  add(
    "--lifecycle-interval-seconds <n>",
    "time between two runs of the lifecycle rules of buckets (default: once a day, after midnight UTC)",
    (option) => option.argParser(integer(1, secondsOfDay)),
  );
  add(
    "--dangerous-lifecycle-day-seconds <n>",
    "FOR TESTS ONLY: lets a day of a lifecycle rule last so many seconds; objects are deleted that much sooner",
    (option) => option.default(secondsOfDay).argParser(integer(1, secondsOfDay)),
  );
  addLimitSettings(add);
  add("--log-level <level>", "what to log on standard error", (option) => option.choices(logLevels).default("info"));
  add("--welcome", "print how to connect a client", (option) => option.default(false));
  return command;
}
