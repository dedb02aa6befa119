import type { IncomingRequest } from "@stave/sigv4-verify";
import { headerOf } from "./redact-request.ts";

/** A request as it may have been when it was signed. */
export type SignatureVariant = Partial<Pick<IncomingRequest, "method" | "target" | "rawHeaders">> & {
  readonly mountPrefix?: string;
  /** What it means when the signature is right for it. */
  readonly hint: string;
};

export interface SignatureVariantOptions {
  readonly mounts: readonly string[];
  readonly hosts: readonly string[];
}

/** Every name costs signatures; whoever asks waits for them. */
const maxHosts = 12;
const maxParameters = 12;

/** What clients sign and proxies change, the likeliest first. */
export function* signatureVariants(
  request: IncomingRequest,
  { mounts, hosts }: SignatureVariantOptions,
): Generator<SignatureVariant> {
  const names = candidateHosts(request, hosts);
  for (const host of names) {
    yield { rawHeaders: withHeader(request.rawHeaders, "host", host), hint: hostHint(request, host) };
  }
  for (const mountPrefix of candidatePrefixes(mounts)) {
    const hint = `The client signed the path with "${mountPrefix}" before it, which a proxy removed: let the proxy pass the path as it is.`;
    yield { mountPrefix, hint };
    for (const host of names) {
      const rawHeaders = withHeader(request.rawHeaders, "host", host);
      yield { mountPrefix, rawHeaders, hint: `${hint} ${hostHint(request, host)}` };
    }
  }
  yield* virtualHostVariants(request, names);
  yield* encodingVariants(request);
  yield* pathVariants(request);
  yield* parameterVariants(request);
  yield* methodVariants(request);
  yield* typeVariants(request);
}

function candidateHosts({ rawHeaders }: IncomingRequest, hosts: readonly string[]): readonly string[] {
  const received = headerOf(rawHeaders, "host") ?? "";
  const name = received.replace(/:\d+$/, "");
  const forwarded = ["x-forwarded-host", "x-original-host", "forwarded"].flatMap((header) =>
    (headerOf(rawHeaders, header) ?? "").split(/[,;]/).map((part) =>
      part
        .replace(/^\s*host=/i, "")
        .replaceAll('"', "")
        .trim(),
    ),
  );
  const port = headerOf(rawHeaders, "x-forwarded-port");
  const candidates = [
    ...forwarded.filter((host) => /^[\w.:[\]-]+$/.test(host)),
    ...(port === undefined ? [] : [`${name}:${port}`]),
    name,
    `${name}:80`,
    `${name}:443`,
    ...hosts,
  ];
  return [...new Set(candidates)].filter((host) => host !== "" && host !== received).slice(0, maxHosts);
}

function candidatePrefixes(mounts: readonly string[]): readonly string[] {
  return [...new Set([...mounts, "/s3", "/storage", "/minio", "/api/s3"])].filter((prefix) => prefix !== "");
}

function hostHint({ rawHeaders }: IncomingRequest, host: string): string {
  const received = headerOf(rawHeaders, "host") ?? "";
  return (
    `The client signed for the host "${host}", and a proxy sent "${received}" on: let it keep the Host header ` +
    "(nginx: proxy_set_header Host $http_host)."
  );
}

/** The client signed `bucket.host/key`, and the proxy made `host/bucket/key` of it, or the other way round. */
function* virtualHostVariants(
  { target, rawHeaders }: IncomingRequest,
  names: readonly string[],
): Generator<SignatureVariant> {
  const [, bucket, rest = ""] = /^\/([^/?]+)(.*)$/.exec(target) ?? [];
  const host = headerOf(rawHeaders, "host") ?? "";
  if (bucket !== undefined) {
    const hint =
      "The client signed for the bucket in the host name, and a proxy moved it into the path: let it pass both as they are.";
    for (const name of [host, ...names]) {
      const path = rest.startsWith("/") ? rest : `/${rest}`;
      yield { target: path, rawHeaders: withHeader(rawHeaders, "host", `${bucket}.${name}`), hint };
    }
  }
  const [label, ...parent] = host.split(".");
  if (parent.length === 0 || label === undefined) return;
  yield {
    target: `/${label}${target}`,
    rawHeaders: withHeader(rawHeaders, "host", parent.join(".")),
    hint: "The client signed for the bucket in the path, and a proxy moved it into the host name: let it pass both as they are.",
  };
}

/** CDNs and compressing proxies replace a header that some SDKs sign. */
function* encodingVariants({ rawHeaders }: IncomingRequest): Generator<SignatureVariant> {
  const received = headerOf(rawHeaders, "accept-encoding") ?? "";
  for (const value of ["identity", "gzip", "gzip, deflate", "gzip, deflate, br", "gzip, br", ""]) {
    if (value === received) continue;
    yield {
      rawHeaders: withHeader(rawHeaders, "accept-encoding", value),
      hint: `The client signed "Accept-Encoding: ${value}", and a proxy sent "${received}" on: let it keep that header.`,
    };
  }
}

function* pathVariants({ target }: IncomingRequest): Generator<SignatureVariant> {
  const [path = "", query] = splitTarget(target);
  if (path.includes("%")) {
    yield {
      target: joinTarget(path.replaceAll("%", "%25"), query),
      hint:
        "The path was signed with its escapes encoded once more: either the client encodes twice, as other services than S3 want it (its " +
        "signer needs the setting for S3), or a proxy decoded them once.",
    };
  }
  const hint =
    "The client signed the path in another spelling, and a proxy normalised it (decoded escapes, merged slashes): turn that off.";
  const spellings = [
    path.replaceAll("%2F", "/"),
    path.replaceAll("%2f", "/"),
    path.endsWith("/") ? path.slice(0, -1) : `${path}/`,
    path.replaceAll("+", "%20"),
    path.replaceAll("%20", "+"),
  ];
  for (const spelling of new Set(spellings)) {
    if (spelling !== path && spelling.startsWith("/")) yield { target: joinTarget(spelling, query), hint };
  }
}

function* parameterVariants({ target }: IncomingRequest): Generator<SignatureVariant> {
  const [path, query] = splitTarget(target);
  const parameters = query === undefined ? [] : query.split("&");
  const removable = parameters.filter((parameter) => !/^X-Amz-/i.test(parameter)).slice(0, maxParameters);
  for (const parameter of removable) {
    const rest = parameters.filter((other) => other !== parameter).join("&");
    const [name] = parameter.split("=");
    yield {
      target: joinTarget(path, rest === "" ? undefined : rest),
      hint: `The parameter "${name}" was added to the URL after it was signed: every parameter has to be signed.`,
    };
  }
}

function* methodVariants({ method }: IncomingRequest): Generator<SignatureVariant> {
  for (const other of ["GET", "HEAD", "PUT", "POST", "DELETE"]) {
    if (other === method) continue;
    yield {
      method: other,
      hint: `The request was signed for ${other} and sent as ${method}: a presigned URL is good for one method only.`,
    };
  }
}

/** Browsers and HTTP clients put their own type to a body that has been signed with another one, or with none. */
function* typeVariants({ rawHeaders }: IncomingRequest): Generator<SignatureVariant> {
  const received = headerOf(rawHeaders, "content-type") ?? "";
  for (const value of ["", "application/octet-stream", "binary/octet-stream", received.replace(/;.*$/, "")]) {
    if (value === received) continue;
    yield {
      rawHeaders: withHeader(rawHeaders, "content-type", value),
      hint: `The request was signed for the Content-Type "${value}" and sent with "${received}": send the one that was signed.`,
    };
  }
}

/** How a secret may have been copied. */
export function* secretVariants(secret: string): Generator<{ readonly secret: string; readonly hint: string }> {
  const copies: readonly (readonly [string, string])[] = [
    [`${secret}\n`, "a line break at its end"],
    [`${secret}\r`, "a carriage return at its end, as of a file from Windows"],
    [`${secret}\r\n`, "a line break at its end, as of a file from Windows"],
    [`${secret} `, "a space at its end"],
    [` ${secret}`, "a space before it"],
    [`"${secret}"`, "quotes around it"],
    [`'${secret}'`, "quotes around it"],
    [secret.slice(0, -1), "its last character missing"],
    [secret.slice(1), "its first character missing"],
    [encodeURIComponent(secret), "its special characters escaped as in a URL"],
    ["", "nothing in it"],
  ];
  const original = secret; // nothing from outside is compared with it: all are made from it
  for (const [copy, what] of copies) {
    if (copy !== original)
      yield { secret: copy, hint: `The client has the right secret access key, with ${what}: copy it again.` };
  }
}

function splitTarget(target: string): readonly [path: string, query: string | undefined] {
  const mark = target.indexOf("?");
  return mark === -1 ? [target, undefined] : [target.slice(0, mark), target.slice(mark + 1)];
}

function joinTarget(path: string, query: string | undefined): string {
  return query === undefined ? path : `${path}?${query}`;
}

function withHeader(rawHeaders: readonly string[], name: string, value: string): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== name) kept.push(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
  return [...kept, name, value];
}
