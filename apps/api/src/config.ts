import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { addOidcOptions, type OidcFlags, type OidcSettings, readOidcSettings } from "./auth/oidc/oidc-settings.ts";

/** Everything an operator can set, read once. Flags win over environment variables. */
export type Config = {
  readonly dataDirectory: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly region: string;
  /** Where this process reaches the gateway. */
  readonly gatewayUrl: string;
  /** Where clients reach it. Undefined: as this process does. */
  readonly publicUrl: string | undefined;
  readonly encryptionKeyFile: string | undefined;
  readonly trustedProxies: readonly string[];
  /** Requests per address and minute. */
  readonly rateLimit: number;
  /** Whether endpoints and webhooks may be on loopback and private networks. */
  readonly allowPrivateAddresses: boolean;
  /** Below it are the dotenv files that variables are written to. Undefined: none are. */
  readonly sinksDirectory: string | undefined;
  /** Below it are the directories that backups are kept in. Undefined: none are. */
  readonly backupsDirectory: string | undefined;
  /** How Kubernetes is reached. Undefined: as a pod reaches its own cluster. */
  readonly kubeconfig: string | undefined;
  /** How Docker is reached: its socket, or a proxy in front of it. */
  readonly docker: { readonly socketPath: string } | { readonly host: string };
  /** How people sign in with an identity provider. Undefined: with a password only. */
  readonly oidc: OidcSettings | undefined;
  /** Entries of the audit log go after so many days. 0: never. */
  readonly auditDays: number;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
};

/** A mistake of the operator: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The configuration, or the help text that was asked for instead. Throws a {@link UsageError}. */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): Config | { readonly help: string } {
  let help = "";
  const command = createCommand(env)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
    });
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help };
    throw new UsageError(`${error.message.replace(/^error: /, "").replaceAll("\n", " ")} See --help.`, {
      cause: error,
    });
  }
  const flags = command.opts<Flags>();
  const { dataDir, encryptionKeyFile, publicUrl, sinksDir, backupsDir, kubeconfig, dockerSocket } = flags;
  const { host, port, region, gatewayUrl, trustedProxies, rateLimit, allowPrivateAddresses, auditDays, logLevel } =
    flags;
  return Object.freeze({
    ...{ host, port, region, gatewayUrl, trustedProxies, rateLimit, allowPrivateAddresses, auditDays, logLevel },
    publicUrl,
    oidc: readOidc(flags),
    dataDirectory: resolve(dataDir),
    encryptionKeyFile: encryptionKeyFile === undefined ? undefined : resolve(encryptionKeyFile),
    sinksDirectory: sinksDir === undefined ? undefined : resolve(sinksDir),
    backupsDirectory: backupsDir === undefined ? undefined : resolve(backupsDir),
    kubeconfig: kubeconfig === undefined ? undefined : resolve(kubeconfig),
    docker: readDockerAddress(dockerSocket, env.DOCKER_HOST),
  });
}

type Flags = Omit<Config, "dataDirectory" | "sinksDirectory" | "backupsDirectory" | "docker" | "oidc"> &
  OidcFlags & {
    readonly dataDir: string;
    readonly sinksDir?: string;
    readonly backupsDir?: string;
    readonly dockerSocket?: string;
  };

function readOidc(flags: Flags): OidcSettings | undefined {
  try {
    const settings = readOidcSettings(flags);
    if (settings?.issuer.startsWith("http:") === true && !flags.allowPrivateAddresses) {
      throw new TypeError("--oidc-issuer must be https, unless --allow-private-addresses is set.");
    }
    return (
      settings && { ...settings, clientSecretFile: settings.clientSecretFile && resolve(settings.clientSecretFile) }
    );
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message} See --help.`, { cause: error });
    throw error;
  }
}

function createCommand(env: NodeJS.ProcessEnv): Command {
  const command = new Command("stave-api")
    .description("Serves the control plane of a data directory. Stays in the foreground; SIGTERM stops it.")
    .helpOption("-h, --help", "show this text")
    .allowExcessArguments(false);
  const add = (flags: string, description: string, change: (option: Option) => Option = (option) => option) => {
    const option = new Option(flags, description);
    const variable = `STAVE_API_${option.name().replaceAll("-", "_").toUpperCase()}`;
    option.description += ` [${variable}]`;
    change(option);
    const value = env[variable];
    // An empty variable is what `VAR= command` and compose files leave of an unset one.
    if (value !== undefined && value !== "") {
      option.default(parseDefault(option, value, variable), value);
    }
    command.addOption(option);
  };
  add("--data-dir <dir>", "where the gateway keeps objects and keys", (option) =>
    option.default("./stave-data").argParser(notEmpty),
  );
  add("--host <address>", "address to listen on", (option) => option.default("127.0.0.1").argParser(notEmpty));
  add("--port <n>", "port to listen on; 0 picks a free one", (option) => option.default(7400).argParser(port));
  add("--region <name>", "the region that clients sign for", (option) =>
    option.default("us-east-1").argParser(notEmpty),
  );
  add("--gateway-url <url>", "where this process reaches the gateway", (option) =>
    option.default("http://127.0.0.1:7480").argParser(httpUrl),
  );
  add("--public-url <url>", "where clients reach the gateway, for presigned URLs and variables", (option) =>
    option.argParser(httpUrl),
  );
  add(
    "--encryption-key-file <file>",
    "the key that all secrets depend on (default: encryption_key in the data directory)",
    (option) => option.argParser(notEmpty),
  );
  add(
    "--trusted-proxies <networks>",
    "comma-separated addresses and networks whose X-Forwarded-For is believed",
    (option) =>
      option.default([], "none").argParser((text) =>
        text
          .split(",")
          .map((part) => part.trim())
          .filter((part) => part !== ""),
      ),
  );
  add("--rate-limit <n>", "requests that one address may send in a minute", (option) =>
    option.default(6000).argParser(count),
  );
  add("--allow-private-addresses", "let endpoints and webhooks be on loopback and private networks", (option) =>
    option.default(false),
  );
  add("--sinks-dir <dir>", "below it are the dotenv files that variables of links are written to", (option) =>
    option.argParser(notEmpty),
  );
  add("--backups-dir <dir>", "below it are the directories that backups may be kept in", (option) =>
    option.argParser(notEmpty),
  );
  add("--kubeconfig <file>", "how to reach Kubernetes; a pod needs none", (option) => option.argParser(notEmpty));
  add(
    "--docker-socket <file>",
    "the socket of Docker, for services in containers (default: /var/run/docker.sock)",
    (option) => option.argParser(notEmpty),
  );
  addOidcOptions(add);
  add("--audit-days <n>", "entries of the audit log go after so many days; 0 keeps them for ever", (option) =>
    option.default(0).argParser(days),
  );
  add("--log-level <level>", "what to log", (option) =>
    option.choices(["debug", "info", "warn", "error", "silent"]).default("info"),
  );
  return command;
}

/** As Docker's own tools read it; the socket that was named wins. */
function readDockerAddress(socket: string | undefined, dockerHost = ""): Config["docker"] {
  if (socket !== undefined) return { socketPath: resolve(socket) };
  if (dockerHost === "") return { socketPath: "/var/run/docker.sock" };
  const path = /^unix:\/\/(\/.+)$/.exec(dockerHost)?.[1];
  if (path !== undefined) return { socketPath: path };
  if (/^tcp:\/\/[^/@\s]+$/.test(dockerHost)) return { host: dockerHost };
  throw new UsageError(
    "DOCKER_HOST: Expected unix:///path or tcp://host:port; --docker-socket names another. See --help.",
  );
}

function parseDefault(option: Option, value: string, variable: string): unknown {
  try {
    if (option.isBoolean()) return value !== "0" && value !== "false";
    return option.parseArg === undefined ? value : option.parseArg(value, undefined);
  } catch (error) {
    throw new UsageError(`${variable}: ${error instanceof Error ? error.message : "invalid"} See --help.`);
  }
}

function notEmpty(text: string): string {
  if (text === "") throw new InvalidArgumentError("Expected a value.");
  return text;
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("Expected a port.");
  return Number(text);
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Expected a number above 0.");
  return Number(text);
}

function days(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("Expected a number of days.");
  return Number(text);
}

function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new InvalidArgumentError("Expected an http or https URL.");
  }
  return text.replace(/\/+$/, "");
}
