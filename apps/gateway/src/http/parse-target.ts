// Addressing of S3 requests: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
import { S3Error } from "../errors/s3-error.ts";
import { decodePercent } from "./decode-percent.ts";

const maxTargetBytes = 8192; // a 1,024-byte key, every byte escaped, and a presigned query fit
const maxKeyBytes = 1024;
const maxQueryParameters = 100;

export type Addressing = {
  /** Path prefixes that lead to the same root, without a trailing slash: `/storage/v1/s3`. */
  readonly mounts: readonly string[];
  /** Host names below which `bucket.` names a bucket, lower case, longest first. */
  readonly domains: readonly string[];
};

export type Target = {
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Decoded exactly once, byte for byte; empty for a bucket or the service. */
  readonly key: string;
  /** Decoded names and values; of a repeated name the first wins. */
  readonly query: ReadonlyMap<string, string>;
  /** Names that came without `=`. */
  readonly bareParameters: ReadonlySet<string>;
  /** What stands before the bucket in the path of this request, to build addresses from. */
  readonly mount: string;
  readonly isVirtualHost: boolean;
};

/** Throws `InvalidURI` and `KeyTooLongError`. The decoded key is computed here and nowhere else. */
export function parseTarget(rawTarget: string, host: string | undefined, addressing: Addressing): Target {
  if (rawTarget.length > maxTargetBytes) throw invalidUri(`The request target is longer than ${maxTargetBytes} bytes.`);
  const target = withoutOrigin(rawTarget);
  const mark = target.indexOf("?");
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  if (!rawPath.startsWith("/")) throw invalidUri("Couldn't parse the specified URI.");

  const { query, bareParameters } = parseQuery(mark === -1 ? "" : target.slice(mark + 1));
  const mount = addressing.mounts.find((prefix) => rawPath === prefix || rawPath.startsWith(`${prefix}/`)) ?? "";
  const path = rawPath.slice(mount.length + 1);
  const hostBucket = bucketOfHost(host, addressing.domains);
  if (hostBucket !== undefined) {
    return { bucket: hostBucket, key: parseKey(path), query, bareParameters, mount, isVirtualHost: true };
  }
  const slash = path.indexOf("/");
  const bucket = decode(slash === -1 ? path : path.slice(0, slash));
  const key = slash === -1 ? "" : parseKey(path.slice(slash + 1));
  if (bucket === "" && key !== "") throw invalidUri("The bucket name in the path is empty.");
  return { bucket, key, query, bareParameters, mount, isVirtualHost: false };
}

/** What is asked of a host that stands for one bucket alone. */
export type SiteTarget = {
  readonly key: string;
  /** Without `?`. */
  readonly rawQuery: string;
};

/** Throws `InvalidURI` and `KeyTooLongError`. */
export function parseSiteTarget(rawTarget: string): SiteTarget {
  if (rawTarget.length > maxTargetBytes) throw invalidUri(`The request target is longer than ${maxTargetBytes} bytes.`);
  const target = withoutOrigin(rawTarget);
  if (!target.startsWith("/")) throw invalidUri("Couldn't parse the specified URI.");
  const mark = target.indexOf("?");
  const key = parseKey(mark === -1 ? target.slice(1) : target.slice(1, mark));
  return { key, rawQuery: mark === -1 ? "" : target.slice(mark + 1) };
}

/** Proxies send `GET http://host/path`. */
function withoutOrigin(target: string): string {
  if (target.startsWith("/")) return target;
  const origin = /^https?:\/\/[^/?#]+/i.exec(target);
  if (origin === null) return target;
  const rest = target.slice(origin[0].length);
  // What is signed is `/` then, too; a slash in the query begins no path.
  return rest.startsWith("/") ? rest : `/${rest}`;
}

const noQuery: Pick<Target, "query" | "bareParameters"> = { query: new Map(), bareParameters: new Set() };

function parseQuery(text: string): Pick<Target, "query" | "bareParameters"> {
  if (text === "") return noQuery;
  const query = new Map<string, string>();
  const bareParameters = new Set<string>();
  const pairs = text.split("&");
  if (pairs.length > maxQueryParameters) throw invalidUri(`More than ${maxQueryParameters} query parameters.`);
  for (const pair of pairs) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodeQueryText(equals === -1 ? pair : pair.slice(0, equals));
    if (equals === -1) bareParameters.add(name);
    if (!query.has(name)) query.set(name, equals === -1 ? "" : decodeQueryText(pair.slice(equals + 1)));
  }
  return { query, bareParameters };
}

function decodeQueryText(text: string): string {
  return decode(text.includes("+") ? text.replaceAll("+", " ") : text);
}

function bucketOfHost(host: string | undefined, domains: readonly string[]): string | undefined {
  if (host === undefined || domains.length === 0) return undefined;
  const name = host.replace(/:\d*$/, "").toLowerCase();
  for (const domain of domains) {
    if (name.endsWith(`.${domain}`) && name.length > domain.length + 1) return name.slice(0, -domain.length - 1);
  }
  return undefined;
}

function parseKey(rawKey: string): string {
  const key = decode(rawKey);
  checkKeyLength(key);
  return key;
}

export function checkKeyLength(key: string): void {
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes > maxKeyBytes) {
    throw new S3Error("KeyTooLongError", "Your key is too long", {
      elements: { Size: String(sizeBytes), MaxSizeAllowed: String(maxKeyBytes) },
    });
  }
}

function decode(text: string): string {
  try {
    return decodePercent(text);
  } catch (cause) {
    throw invalidUri("Couldn't parse the specified URI.", cause);
  }
}

function invalidUri(message: string, cause?: unknown): S3Error {
  return new S3Error("InvalidURI", message, { cause });
}
