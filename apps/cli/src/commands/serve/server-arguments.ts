import type { ValuesOf } from "../../command/define-command.ts";
import type { serve } from "./index.ts";

type ServeOptions = ValuesOf<(typeof serve)["options"]>;

/** The flags of the two servers for those of `serve`. What is not given they read from the environment themselves. */
export function serverArguments(
  options: ServeOptions,
  environment: NodeJS.ProcessEnv,
): { readonly gateway: readonly string[]; readonly api: readonly string[]; readonly dataDirectory: string } {
  const dataDirectory = options.dataDir ?? read(environment, "STAVE_DATA_DIR") ?? "./stave-data";
  // The api has variables of its own; what is set for the gateway alone holds for both here.
  const shared = (name: "REGION" | "ENCRYPTION_KEY_FILE" | "TRUSTED_PROXIES") =>
    read(environment, `STAVE_API_${name}`) === undefined ? read(environment, `STAVE_${name}`) : undefined;
  const logLevel = (variable: string) =>
    options.logLevel ?? (read(environment, variable) === undefined ? "warn" : undefined);
  return {
    dataDirectory,
    gateway: flags({
      "data-dir": dataDirectory,
      port: options.port,
      host: options.host,
      "admin-port": options.adminPort,
      "public-hosts": options.publicHosts,
      "trusted-proxies": options.trustedProxies,
      region: options.region,
      domains: options.domains,
      users: options.users,
      "root-access-key": options.rootAccessKey,
      "root-secret-key-file": options.rootSecretKeyFile,
      "encryption-key-file": options.encryptionKeyFile,
      workers: options.workers,
      "log-level": logLevel("STAVE_LOG_LEVEL"),
      welcome: true,
    }),
    api: flags({
      "data-dir": dataDirectory,
      port: options.apiPort,
      host: options.apiHost,
      "public-url": options.publicUrl,
      "trusted-proxies": options.trustedProxies ?? shared("TRUSTED_PROXIES"),
      region: options.region ?? shared("REGION"),
      "encryption-key-file": options.encryptionKeyFile ?? shared("ENCRYPTION_KEY_FILE"),
      "sinks-dir": options.sinksDir,
      "backups-dir": options.backupsDir,
      "docker-socket": options.dockerSocket,
      "allow-private-addresses": options.allowPrivateAddresses,
      "log-level": logLevel("STAVE_API_LOG_LEVEL"),
    }),
  };
}

/** With `=`: a value that begins with a dash is no flag. */
function flags(values: Readonly<Record<string, string | boolean | undefined>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}=${value}`];
  });
}

/** An empty variable is what `VAR= command` and compose files leave of an unset one. */
function read(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  return environment[name] === "" ? undefined : environment[name];
}
