import type { ApiClient } from "../api/api-client.ts";
import { CliError } from "../command/cli-error.ts";
import type { Invocation } from "../command/invocation.ts";
import { flag, type Option, option } from "../command/options.ts";
import type { Context } from "../settings/contexts.ts";
import { type AwsProfile, readAwsProfile } from "./aws-files.ts";
import { readForeignEndpoints } from "./foreign-endpoints.ts";
import { amazonUrl, isAmazon, type S3Credentials, type S3Endpoint } from "./s3-endpoint.ts";

/** How a command is told which server is meant; the same for all that speak S3. */
export type EndpointOptions = {
  readonly endpoint: string | undefined;
  readonly profile: string | undefined;
  readonly service: string | undefined;
  readonly region: string | undefined;
  readonly virtualHost: boolean;
  readonly anonymous: boolean;
};

/** For the definition of a command: `options: { ...endpointOptions, … }`. */
export const endpointOptions: { readonly [Name in keyof EndpointOptions]: Option<EndpointOptions[Name]> } = {
  endpoint: option("--endpoint <url>", "the S3 server; also AWS_ENDPOINT_URL_S3"),
  profile: option("--profile <name>", "of ~/.aws; also AWS_PROFILE"),
  service: option("--service <name>", "a service of the Stave signed in to"),
  region: option("--region <name>", "to sign for; also AWS_REGION"),
  virtualHost: flag("--virtual-host", "the bucket in front of the host"),
  anonymous: flag("--anonymous", "sign nothing"),
};

type Found = Pick<Invocation<unknown, unknown>, "settings" | "environment" | "now" | "api"> & {
  /** Another Stave than the one of the settings. */
  readonly apiOf: (context: Context) => Promise<ApiClient>;
};

const defaultRegion = "us-east-1";

/**
 * Which server, and as whom. The first that is there: the context in front of the target, `--service` or `--context` or `--url`, `--profile`, the keys or the profile
 * of `AWS_*`, a Stave of `STAVE_*`, the default profile of `~/.aws`, the Stave that was signed in to. Throws `Unauthenticated` when there is nothing.
 */
export async function findEndpoint(
  invocation: Found,
  options: EndpointOptions,
  context?: string | undefined,
): Promise<S3Endpoint> {
  const { environment } = invocation;
  if (context !== undefined) return await contextEndpoint(invocation, options, context);
  if (options.anonymous) return anonymousEndpoint(options, environment);
  if (options.service !== undefined || isNamedBy(invocation, "flag")) return await staveEndpoint(invocation, options);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_PROFILE: named } = environment;
  if (options.profile === undefined && accessKeyId && secretAccessKey) {
    const sessionToken = environment.AWS_SESSION_TOKEN || undefined;
    const profile = await readAwsProfile(named || "default", environment);
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    return awsEndpoint({ options, environment, profile, credentials, from: "with the key of AWS_ACCESS_KEY_ID" });
  }
  const profileName = options.profile ?? (named || undefined);
  if (profileName !== undefined) return await profileEndpoint(invocation, options, profileName);
  if (isNamedBy(invocation, "environment")) return await staveEndpoint(invocation, options);
  const profile = await readAwsProfile("default", environment);
  if (profile?.credentials !== undefined || profile?.needs !== undefined) {
    return await profileEndpoint(invocation, options, "default");
  }
  if (invocation.settings.token !== undefined) return await staveEndpoint(invocation, options);
  throw new CliError("Unauthenticated", "No server was named, and nobody is signed in.", {
    next: ["stave login", "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL_S3, or --profile NAME"],
  });
}

/** Names that may stand in front of a target. */
export async function knownContexts({
  settings,
  environment,
}: Pick<Found, "settings" | "environment">): Promise<readonly string[]> {
  return [...Object.keys(settings.contexts.contexts), ...(await readForeignEndpoints(environment)).keys()];
}

function isNamedBy({ settings: { url, context, token } }: Found, origin: "flag" | "environment"): boolean {
  return url.from === origin || context?.from === origin || token?.from === origin;
}

async function staveEndpoint({ api, now }: Found, options: EndpointOptions): Promise<S3Endpoint> {
  const { serviceEndpoint } = await import("./service-endpoint.ts");
  const { service, endpoint, region } = options;
  return await serviceEndpoint(await api(), {
    service,
    url: endpoint === undefined ? undefined : readUrl(endpoint, "--endpoint"),
    region,
    now,
  });
}

async function contextEndpoint(invocation: Found, options: EndpointOptions, context: string): Promise<S3Endpoint> {
  const { settings, environment } = invocation;
  const foreign = (await readForeignEndpoints(environment)).get(context);
  if (foreign !== undefined) {
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
  const known = Object.hasOwn(contexts, context) ? contexts[context] : undefined;
  if (known === undefined) throw new CliError("Usage", `There is no context "${context}".`);
  return await staveEndpoint({ ...invocation, api: () => invocation.apiOf(known) }, options);
}

async function profileEndpoint({ environment }: Found, options: EndpointOptions, name: string): Promise<S3Endpoint> {
  const profile = await readAwsProfile(name, environment);
  if (profile === undefined) {
    throw new CliError("Usage", `There is no profile "${name}".`, {
      why: "It is looked for in ~/.aws/config and ~/.aws/credentials.",
    });
  }
  const { credentials, needs } = profile;
  if (credentials === undefined) {
    throw new CliError("Unauthenticated", `The profile "${name}" has no keys of its own.`, {
      why: needs === undefined ? undefined : `It gets them by ${needs}, which stave does not do.`,
      next: [`eval "$(aws configure export-credentials --profile ${name} --format env)"`],
    });
  }
  return awsEndpoint({ options, environment, profile, credentials, from: `with the profile ${name} of ~/.aws` });
}

function anonymousEndpoint(options: EndpointOptions, environment: NodeJS.ProcessEnv): S3Endpoint {
  return awsEndpoint({ options, environment, profile: undefined, credentials: undefined, from: "without a key" });
}

function awsEndpoint({
  options,
  environment,
  profile,
  credentials,
  from,
}: {
  readonly options: EndpointOptions;
  readonly environment: NodeJS.ProcessEnv;
  readonly profile: AwsProfile | undefined;
  readonly credentials: S3Credentials | undefined;
  readonly from: string;
}): S3Endpoint {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = environment;
  const region = options.region ?? (AWS_REGION || AWS_DEFAULT_REGION || profile?.region || defaultRegion);
  const named = options.endpoint ?? (AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || profile?.endpointUrl);
  const url = named === undefined ? amazonUrl(region) : readUrl(named, "the endpoint");
  const isVirtual = options.virtualHost || (profile?.isVirtual ?? isAmazon({ url }));
  return {
    url,
    region,
    addressing: isVirtual ? "virtual" : "path",
    credentials: credentials && (async () => credentials),
    from,
  };
}

/** Throws `Usage` for what is none, or has a password in it. */
export function readUrl(text: string, where: string): string {
  const url = URL.parse(text);
  const isUsable =
    url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "" && url.hash === "";
  if (isUsable) return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  throw new CliError("Usage", `Expected ${where} to be a URL such as https://s3.example.com, got "${text}".`);
}
