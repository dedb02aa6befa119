import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import {
  anyArguments,
  choice,
  flag,
  integer,
  type Option,
  option,
  optionOr,
  type Parse,
} from "../../command/options.ts";

export const serveGroups: readonly CommandGroup[] = [
  { name: "init", summary: "Writes what starts a Stave of your own with the machine." },
];

const port: Parse<string> = (text) => String(integer({ to: 65_535 })(text));

/** What the servers do when nothing is said: it is theirs, and only shown here. */
function withDefault<Value>(of: Option<Value>, fallback: string): Option<Value> {
  return { ...of, fallback };
}

export const serve = defineCommand({
  name: "serve",
  aliases: ["up"],
  summary: "Runs a Stave here: S3 and its API, until Ctrl-C.",
  about:
    "The first start prints a key for S3 and the administrator token of the API, this once. Where other programs would keep what it prints, name a --credentials-file. All other settings are environment variables: stave gateway -- --help and stave api -- --help list them.",
  arguments: {},
  options: {
    dataDir: withDefault(option("--data-dir <dir>", "where everything is kept [STAVE_DATA_DIR]"), "./stave-data"),
    port: withDefault(option("--port <n>", "of S3; 0 is a free one [STAVE_PORT]", port), "7480"),
    host: withDefault(option("--host <address>", "of S3: who may connect [STAVE_HOST]"), "127.0.0.1"),
    apiPort: withDefault(option("--api-port <n>", "of the API; 0 is a free one [STAVE_API_PORT]", port), "7400"),
    apiHost: withDefault(option("--api-host <address>", "of the API [STAVE_API_HOST]"), "127.0.0.1"),
    adminPort: withDefault(
      option("--admin-port <n>", "of health and metrics, on loopback [STAVE_ADMIN_PORT]", port),
      "7481 or a free one",
    ),
    publicUrl: option("--public-url <url>", "where clients reach S3 [STAVE_API_PUBLIC_URL]"),
    publicHosts: option("--public-hosts <names>", "hosts that clients sign for behind a proxy [STAVE_PUBLIC_HOSTS]"),
    trustedProxies: option("--trusted-proxies <networks>", "proxies that are believed [STAVE_TRUSTED_PROXIES]"),
    region: withDefault(option("--region <name>", "what clients sign for [STAVE_REGION]"), "us-east-1"),
    domains: withDefault(
      option("--domains <names>", "below which BUCKET.NAME is a bucket [STAVE_DOMAINS]"),
      "localhost",
    ),
    users: option("--users <file>", "accounts and keys to begin with [STAVE_USERS]"),
    rootAccessKey: option("--root-access-key <id>", "a key of your choice [STAVE_ROOT_ACCESS_KEY]"),
    rootSecretKeyFile: option(
      "--root-secret-key-file <file>",
      "its secret [STAVE_ROOT_SECRET_KEY_FILE, or STAVE_ROOT_SECRET_KEY]",
    ),
    encryptionKeyFile: withDefault(
      option("--encryption-key-file <file>", "what opens all secrets [STAVE_ENCRYPTION_KEY_FILE]"),
      "encryption_key in the data directory",
    ),
    workers: withDefault(
      option("--workers <n>", "processes that serve S3 [STAVE_WORKERS]", (text) =>
        String(integer({ from: 1, to: 256 })(text)),
      ),
      "one for each core",
    ),
    sinksDir: option("--sinks-dir <dir>", "for the dotenv files of links [STAVE_API_SINKS_DIR]"),
    backupsDir: option("--backups-dir <dir>", "for backups on this machine [STAVE_API_BACKUPS_DIR]"),
    dockerSocket: option("--docker-socket <file>", "for services in containers [STAVE_API_DOCKER_SOCKET]"),
    allowPrivateAddresses: flag(
      "--allow-private-addresses",
      "endpoints may be on private networks [STAVE_API_ALLOW_PRIVATE_ADDRESSES]",
    ),
    credentialsFile: option("--credentials-file <file>", "add the first keys to this file instead of printing them"),
    logLevel: withDefault(
      choice("--log-level <level>", "of both [STAVE_LOG_LEVEL, STAVE_API_LOG_LEVEL]", [
        "debug",
        "info",
        "warn",
        "error",
        "silent",
      ]),
      "warn",
    ),
  },
  examples: ["serve", "serve --data-dir ./my-data --port 9000 --api-port 9001"],
  next: ["login http://127.0.0.1:7400", "init systemd"],
  operations: [],
});

export const gateway = defineCommand({
  name: "gateway",
  summary: "Runs S3 alone, or one of its commands for a data directory.",
  about: "What follows is for the gateway: stave gateway -- --help shows its settings and commands.",
  arguments: { given: anyArguments("for the gateway, as they are") },
  options: {},
  examples: ["gateway -- --help", "gateway keys list --data-dir ./stave-data"],
  next: ["api -- --help"],
  isUntouched: true,
  operations: [],
});

export const api = defineCommand({
  name: "api",
  summary: "Runs the API alone, beside a gateway that runs.",
  about: "What follows is for the api: stave api -- --help shows its settings.",
  arguments: { given: anyArguments("for the api, as they are") },
  options: {},
  examples: ["api -- --help", "api --data-dir ./stave-data --gateway-url http://127.0.0.1:7480"],
  next: ["gateway -- --help"],
  isUntouched: true,
  operations: [],
});

const force = flag("-f, --force", "replace a file that is there");

export const initSystemd = defineCommand({
  name: "init systemd",
  summary: "Writes a systemd unit that runs Stave as a user of its own.",
  about:
    "The unit may write to its data directory only. It runs this installation of stave, which has to stay where it is.",
  arguments: {},
  options: {
    output: optionOr("-o, --output <file>", "where; - is stdout", "./stave.service", String),
    port: optionOr("--port <n>", "of S3", "7480", port),
    apiPort: optionOr("--api-port <n>", "of the API", "7400", port),
    publicUrl: option("--public-url <url>", "where clients reach S3"),
    force,
  },
  examples: ["init systemd", "init systemd --output - --public-url https://s3.example.com"],
  next: ["serve --help"],
  operations: [],
});

export const initCompose = defineCommand({
  name: "init compose",
  summary: "Writes a compose file that runs Stave in a container.",
  about: "The container is that of Node.js, and fetches this version of Stave at its first start.",
  arguments: {},
  options: {
    output: optionOr("-o, --output <file>", "where; - is stdout", "./compose.yaml", String),
    port: optionOr("--port <n>", "of S3, on this machine", "7480", port),
    apiPort: optionOr("--api-port <n>", "of the API, on this machine", "7400", port),
    publicUrl: option("--public-url <url>", "where clients reach S3"),
    force,
  },
  examples: ["init compose", "init compose --output - --port 9000"],
  next: ["serve --help"],
  operations: [],
});

export const serveCommands: readonly AnyCommand[] = [
  withCode(serve, async () => (await import("./serve.ts")).run),
  withCode(gateway, async () => (await import("./gateway.ts")).run),
  withCode(api, async () => (await import("./api.ts")).run),
  withCode(initSystemd, async () => (await import("./init-systemd.ts")).run),
  withCode(initCompose, async () => (await import("./init-compose.ts")).run),
];
