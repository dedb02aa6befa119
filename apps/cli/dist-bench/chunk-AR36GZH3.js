// src/s3/foreign-endpoints.ts
import { join } from "node:path";
import { readSecretFile, settingsDirectory, writeSecretFile } from "./chunk-64REPC56.js";
import { CliError } from "./chunk-B3FYOJ65.js";

var fileName = "endpoints.json";
async function readForeignEndpoints(environment) {
  const file = join(settingsDirectory(environment), fileName);
  const text = await readSecretFile(file);
  if (text === void 0) return /* @__PURE__ */ new Map();
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value);
      if (entries.every((entry) => isForeign(entry[1]))) return new Map(entries);
    }
  } catch {}
  throw new CliError("Usage", `${file} is damaged.`, {
    why: "It is not what stave context add writes.",
    next: [`rm ${file}`],
  });
}
async function writeForeignEndpoints(environment, endpoints) {
  const text = `${JSON.stringify(Object.fromEntries(endpoints), null, 2)}
`;
  await writeSecretFile(settingsDirectory(environment), fileName, text);
}
function isForeign(value) {
  if (typeof value !== "object" || value === null) return false;
  return ["endpoint", "region", "accessKeyId", "secretAccessKey"].every(
    (name) => name in value && typeof value[name] === "string",
  );
}

// src/command/options.ts
var InvalidValue = class extends Error {
  name = "InvalidValue";
};
var asTyped = (text) => text;
function flag(flags, about) {
  return { flags, about, isRequired: false, isRepeatable: false, read: (raw) => raw === true };
}
function negativeFlag(flags, about) {
  return { flags, about, isRequired: false, isRepeatable: false, read: (raw) => raw === false };
}
function option(flags, about, parse = asTyped) {
  return {
    flags,
    about,
    isRequired: false,
    isRepeatable: false,
    read: (raw) => (typeof raw === "string" ? parse(raw) : void 0),
  };
}
function optionOr(flags, about, fallback, parse) {
  return {
    flags,
    about,
    fallback,
    isRequired: false,
    isRepeatable: false,
    read: (raw) => parse(typeof raw === "string" ? raw : fallback),
  };
}
function required(flags, about, parse = asTyped) {
  return { flags, about, isRequired: true, isRepeatable: false, read: (raw) => parse(String(raw)) };
}
function choiceOr(flags, about, choices, fallback) {
  return { ...optionOr(flags, about, fallback, oneOf(choices)), choices };
}
function repeated(flags, about, parse = asTyped) {
  return {
    flags,
    about,
    isRequired: false,
    isRepeatable: true,
    read: (raw) => (Array.isArray(raw) ? raw.map((text) => parse(String(text))) : []),
  };
}
function argument(about, parse = asTyped) {
  return { about, isRequired: true, isVariadic: false, read: (raw) => parse(String(raw)) };
}
function optionalArgument(about, parse = asTyped) {
  return {
    about,
    isRequired: false,
    isVariadic: false,
    read: (raw) => (typeof raw === "string" ? parse(raw) : void 0),
  };
}
function manyArguments(about) {
  return {
    about,
    isRequired: true,
    isVariadic: true,
    read: (raw) => (Array.isArray(raw) ? raw.map(String) : []),
  };
}
function oneOf(words) {
  return (text) => {
    const word = words.find((known) => known === text);
    if (word === void 0) throw new InvalidValue(`Expected one of ${words.join(", ")}, got "${text}".`);
    return word;
  };
}
function integer({ from = 0, to = Number.MAX_SAFE_INTEGER } = {}) {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to)) {
      throw new InvalidValue(`Expected a whole number from ${from} to ${to}, got "${text}".`);
    }
    return value;
  };
}
function pair(text) {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidValue(`Expected key=value, got "${text}".`);
  return [text.slice(0, at), text.slice(at + 1)];
}

// src/s3/aws-files.ts
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join as join2 } from "node:path";

var foreignSources = [
  "role_arn",
  "sso_session",
  "sso_start_url",
  "credential_process",
  "web_identity_token_file",
  "login_session",
];
async function readAwsProfile(name, environment) {
  const directory = join2(environment.HOME || homedir(), ".aws");
  const { AWS_CONFIG_FILE: configFile, AWS_SHARED_CREDENTIALS_FILE: credentialsFile } = environment;
  const config = await readIni(configFile || join2(directory, "config"));
  const shared = await readIni(credentialsFile || join2(directory, "credentials"));
  const settings = config.get(name === "default" ? "default" : `profile ${name}`) ?? config.get(`profile ${name}`);
  const secrets = shared.get(name);
  if (settings === void 0 && secrets === void 0) return void 0;
  const found = { ...settings, ...secrets };
  const services = found.services === void 0 ? void 0 : config.get(`services ${found.services}`);
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = found;
  const style = found["s3.addressing_style"];
  return {
    name,
    credentials:
      accessKeyId === void 0 || secretAccessKey === void 0
        ? void 0
        : { accessKeyId, secretAccessKey, sessionToken: found.aws_session_token },
    region: found.region,
    endpointUrl: services?.["s3.endpoint_url"] ?? found["s3.endpoint_url"] ?? found.endpoint_url,
    isVirtual: style === void 0 || style === "auto" ? void 0 : style === "virtual",
    needs: foreignSources.find((source) => found[source] !== void 0),
  };
}
async function readIni(file) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return /* @__PURE__ */ new Map();
    throw new CliError("Usage", `Cannot read ${file}.`, { cause: error, why: String(error) });
  }
  return parseIni(text);
}
function parseIni(text) {
  const sections = /* @__PURE__ */ new Map();
  let section;
  let above = "";
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const head = /^\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (head !== void 0) {
      const name = head.replaceAll(/\s+/g, " ").replaceAll(/["']/g, "");
      section = sections.get(name) ?? /* @__PURE__ */ Object.create(null);
      sections.set(name, section ?? {});
      above = "";
      continue;
    }
    const [, indent = "", key = "", value = ""] = /^(\s*)([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === void 0 || key === "") continue;
    if (indent === "") above = value === "" ? key : "";
    if (value === "") continue;
    section[indent !== "" && above !== "" ? `${above}.${key}` : key] = value.replace(/\s+[#;].*$/, "");
  }
  return sections;
}

// src/s3/s3-endpoint.ts
var amazonHost = /^s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?$/;
function isAmazon(endpoint) {
  return amazonHost.test(new URL(endpoint.url).hostname);
}
function amazonUrl(region) {
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

// src/s3/find-endpoint.ts
var endpointOptions = {
  endpoint: option("--endpoint <url>", "the S3 server; also AWS_ENDPOINT_URL_S3"),
  profile: option("--profile <name>", "of ~/.aws; also AWS_PROFILE"),
  service: option("--service <name>", "a service of the Stave signed in to"),
  region: option("--region <name>", "to sign for; also AWS_REGION"),
  virtualHost: flag("--virtual-host", "the bucket in front of the host"),
  anonymous: flag("--anonymous", "sign nothing"),
};
var defaultRegion = "us-east-1";
async function findEndpoint(invocation, options, context) {
  const { environment } = invocation;
  if (context !== void 0) return await contextEndpoint(invocation, options, context);
  if (options.anonymous) return anonymousEndpoint(options, environment);
  if (options.service !== void 0 || isNamedBy(invocation, "flag")) return await staveEndpoint(invocation, options);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_PROFILE: named } = environment;
  if (options.profile === void 0 && accessKeyId && secretAccessKey) {
    const sessionToken = environment.AWS_SESSION_TOKEN || void 0;
    const profile2 = await readAwsProfile(named || "default", environment);
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    return awsEndpoint({
      options,
      environment,
      profile: profile2,
      credentials,
      from: "with the key of AWS_ACCESS_KEY_ID",
    });
  }
  const profileName = options.profile ?? (named || void 0);
  if (profileName !== void 0) return await profileEndpoint(invocation, options, profileName);
  if (isNamedBy(invocation, "environment")) return await staveEndpoint(invocation, options);
  const profile = await readAwsProfile("default", environment);
  if (profile?.credentials !== void 0 || profile?.needs !== void 0) {
    return await profileEndpoint(invocation, options, "default");
  }
  if (invocation.settings.token !== void 0) return await staveEndpoint(invocation, options);
  throw new CliError("Unauthenticated", "No server was named, and nobody is signed in.", {
    next: ["stave login", "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL_S3, or --profile NAME"],
  });
}
async function knownContexts({ settings, environment }) {
  return [...Object.keys(settings.contexts.contexts), ...(await readForeignEndpoints(environment)).keys()];
}
function isNamedBy({ settings: { url, context, token } }, origin) {
  return url.from === origin || context?.from === origin || token?.from === origin;
}
async function staveEndpoint({ api, now }, options) {
  const { serviceEndpoint } = await import("./service-endpoint-5SO6JIXP.js");
  const { service, endpoint, region } = options;
  return await serviceEndpoint(await api(), {
    service,
    url: endpoint === void 0 ? void 0 : readUrl(endpoint, "--endpoint"),
    region,
    now,
  });
}
async function contextEndpoint(invocation, options, context) {
  const { settings, environment } = invocation;
  const foreign = (await readForeignEndpoints(environment)).get(context);
  if (foreign !== void 0) {
    const { accessKeyId, secretAccessKey, isVirtual = false } = foreign;
    return {
      url: readUrl(options.endpoint ?? foreign.endpoint, context),
      region: options.region ?? foreign.region,
      addressing: isVirtual || options.virtualHost ? "virtual" : "path",
      credentials: async () => ({ accessKeyId, secretAccessKey }),
      from: `the context ${context}`,
    };
  }
  if (settings.context?.value === context) return await staveEndpoint(invocation, options);
  const { contexts } = settings.contexts;
  const known = Object.hasOwn(contexts, context) ? contexts[context] : void 0;
  if (known === void 0) throw new CliError("Usage", `There is no context "${context}".`);
  return await staveEndpoint({ ...invocation, api: () => invocation.apiOf(known) }, options);
}
async function profileEndpoint({ environment }, options, name) {
  const profile = await readAwsProfile(name, environment);
  if (profile === void 0) {
    throw new CliError("Usage", `There is no profile "${name}".`, {
      why: "It is looked for in ~/.aws/config and ~/.aws/credentials.",
    });
  }
  const { credentials, needs } = profile;
  if (credentials === void 0) {
    throw new CliError("Unauthenticated", `The profile "${name}" has no keys of its own.`, {
      why: needs === void 0 ? void 0 : `It gets them by ${needs}, which stave does not do.`,
      next: [`eval "$(aws configure export-credentials --profile ${name} --format env)"`],
    });
  }
  return awsEndpoint({ options, environment, profile, credentials, from: `with the profile ${name} of ~/.aws` });
}
function anonymousEndpoint(options, environment) {
  return awsEndpoint({ options, environment, profile: void 0, credentials: void 0, from: "without a key" });
}
function awsEndpoint({ options, environment, profile, credentials, from }) {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = environment;
  const region = options.region ?? (AWS_REGION || AWS_DEFAULT_REGION || profile?.region || defaultRegion);
  const named = options.endpoint ?? (AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || profile?.endpointUrl);
  const url = named === void 0 ? amazonUrl(region) : readUrl(named, "the endpoint");
  const isVirtual = options.virtualHost || (profile?.isVirtual ?? isAmazon({ url }));
  return {
    url,
    region,
    addressing: isVirtual ? "virtual" : "path",
    credentials: credentials && (async () => credentials),
    from,
  };
}
function readUrl(text, where) {
  const url = URL.parse(text);
  const isUsable =
    url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "" && url.hash === "";
  if (isUsable) return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  throw new CliError("Usage", `Expected ${where} to be a URL such as https://s3.example.com, got "${text}".`);
}

export {
  amazonUrl,
  argument,
  choiceOr,
  endpointOptions,
  findEndpoint,
  flag,
  InvalidValue,
  integer,
  isAmazon,
  knownContexts,
  manyArguments,
  negativeFlag,
  option,
  optionalArgument,
  optionOr,
  pair,
  readForeignEndpoints,
  readUrl,
  repeated,
  required,
  writeForeignEndpoints,
};
//# sourceMappingURL=chunk-AR36GZH3.js.map
