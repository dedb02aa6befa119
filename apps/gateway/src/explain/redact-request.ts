/** Stands for what is not kept. Characters that no signature escapes, so that it can stand in a query as well. */
export const blanked = "-blanked-";

export type SentRequest = {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
};

/** A request as it may be kept and shown: no signature, token, cookie or customer key, and within bounds. */
export type RedactedRequest = SentRequest & {
  /** Whether all that a signature covers is there as it was sent. */
  readonly isWhole: boolean;
};

export type Redaction = {
  readonly request: RedactedRequest;
  /** What was blanked, so that it can be blanked elsewhere. Not to be kept. */
  readonly secrets: readonly string[];
};

const maxTargetLength = 2048;
const maxHeadersLength = 3072;
/** Enough to tell signatures apart, and to see which of a few hundred computed ones is meant: not enough to send one. */
export const shownSignatureLength = 8;

/** `isKeyKnown`: what stands where an access key id belongs is one. Else it may be a secret in the wrong place. */
export function redactRequest(
  { method, target, rawHeaders }: SentRequest,
  { isKeyKnown }: { readonly isKeyKnown: boolean },
): Redaction {
  const found: Found = { secrets: [], isWhole: true };
  const authorization = headerOf(rawHeaders, "authorization") ?? "";
  const signed = signedNames(authorization, target);
  const kept: string[] = [];
  let length = 0;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? "").toLowerCase();
    const sent = rawHeaders[at + 1] ?? "";
    const value =
      name === "authorization"
        ? redactAuthorization(sent, isKeyKnown, found)
        : redactHeader(name, sent, { signed, found });
    length += name.length + value.length;
    if (length <= maxHeadersLength) kept.push(name, value);
    else if (name === "authorization" || name.startsWith("x-amz-") || signed.has(name)) found.isWhole = false;
  }
  const request = { method, target: redactTarget(target, isKeyKnown, found), rawHeaders: kept, isWhole: found.isWhole };
  return { request, secrets: found.secrets };
}

type Found = { readonly secrets: string[]; isWhole: boolean };

export function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at] ?? "";
    if (candidate.length === name.length && candidate.toLowerCase() === name) return rawHeaders[at + 1];
  }
  return undefined;
}

function signedNames(authorization: string, target: string): ReadonlySet<string> {
  const text =
    /SignedHeaders=([^, ]*)/.exec(authorization)?.[1] ?? /[?&]X-Amz-SignedHeaders=([^&]*)/i.exec(target)?.[1];
  return text === undefined || text.length > maxHeadersLength ? noNames : new Set(text.split(/;|%3B/i));
}

const noNames: ReadonlySet<string> = new Set();

/** What clients are known to send and what is no secret of theirs; and what was signed, else nothing could be compared. */
function redactHeader(
  name: string,
  value: string,
  { signed, found }: { readonly signed: ReadonlySet<string>; readonly found: Found },
): string {
  if (secretHeaders.has(name) || secretName.test(name)) {
    found.secrets.push(value);
    if (signed.has(name)) found.isWhole = false;
    return blanked;
  }
  const isKept = name.startsWith("x-amz-") || signed.has(name) || harmlessHeaders.has(name);
  return isKept ? value : blanked;
}

const secretHeaders: ReadonlySet<string> = new Set([
  "cookie",
  "proxy-authorization",
  "x-amz-copy-source-server-side-encryption-customer-key",
  "x-amz-mfa",
  "x-amz-security-token",
  "x-amz-server-side-encryption-customer-key",
]);

const harmlessHeaders: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "amz-sdk-invocation-id",
  "amz-sdk-request",
  "connection",
  "content-encoding",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "expect",
  "forwarded",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "origin",
  "range",
  "transfer-encoding",
  "user-agent",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
  "x-original-host",
]);

function redactAuthorization(value: string, isKeyKnown: boolean, found: Found): string {
  found.secrets.push(value);
  const [, version2Key, version2Signature = ""] = /^AWS ([^:]*):(.*)$/.exec(value) ?? [];
  if (version2Key !== undefined) {
    found.secrets.push(version2Signature);
    return flat(`AWS ${showKeyId(version2Key, isKeyKnown)}:${version2Signature.slice(0, shownSignatureLength)}`);
  }
  const [scheme = ""] = /^AWS4-[A-Z0-9-]{1,40}(?= )|^(?:Basic|Bearer)(?= )/.exec(value) ?? [];
  if (!scheme.startsWith("AWS4-")) return flat(scheme === "" ? blanked : `${scheme} ${blanked}`);
  const component = (name: string) => new RegExp(`[ ,]${name}=([^, ]*)`).exec(value)?.[1];
  const [credential, signed, signature] = [component("Credential"), component("SignedHeaders"), component("Signature")];
  if (signature !== undefined) found.secrets.push(signature);
  const parts = [
    credential === undefined ? undefined : `Credential=${showCredential(credential, isKeyKnown, found)}`,
    signed === undefined ? undefined : `SignedHeaders=${signed}`,
    signature === undefined ? undefined : `Signature=${signature.slice(0, shownSignatureLength)}`,
  ];
  return flat(`${scheme} ${parts.filter((part) => part !== undefined).join(", ")}`);
}

function showCredential(credential: string, isKeyKnown: boolean, found: Found): string {
  const parts = credential.split("/");
  if (parts.length > 4 && parts.at(-1) === "aws4_request") {
    // From the end: a secret that stands in place of the key id may have slashes in it.
    return [showKeyId(parts.slice(0, -4).join("/"), isKeyKnown), ...parts.slice(-4)].join("/");
  }
  found.secrets.push(...parts.filter((part) => part.length >= shownSignatureLength));
  return showKeyId(credential, isKeyKnown);
}

/** People mix up the two halves of a key. */
export function showKeyId(id: string, isKeyKnown: boolean): string {
  return isKeyKnown || (/^\w{1,128}$/.test(id) && id.length !== secretLength) ? id : `${id.slice(0, 4)}${blanked}`;
}

const secretLength = 40;

function redactTarget(sent: string, isKeyKnown: boolean, found: Found): string {
  // A request to a proxy names the server, and may name a user and a password before it. Nothing of that is signed.
  const target = sent.startsWith("/") ? sent : sent.replace(/^(https?:\/\/)[^/?#]*@/i, "$1");
  const mark = target.indexOf("?");
  if (target.length > maxTargetLength) found.isWhole = false;
  else if (mark === -1) return target;
  // Cut first: what is left out need not be looked at.
  const kept = target.slice(0, maxTargetLength);
  if (mark === -1 || mark >= maxTargetLength) return flat(kept);
  const parameters = kept.slice(mark + 1).split("&");
  const redacted = parameters.map((parameter) => redactParameter(parameter, isKeyKnown, found)).join("&");
  return flat(`${kept.slice(0, mark)}?${redacted}`.slice(0, maxTargetLength));
}

function redactParameter(parameter: string, isKeyKnown: boolean, found: Found): string {
  const equals = parameter.indexOf("=");
  if (equals === -1) return parameter;
  const name = decode(parameter.slice(0, equals)).toLowerCase();
  const value = parameter.slice(equals + 1);
  const show = (text: string) => `${parameter.slice(0, equals)}=${text}`;
  if (name === "x-amz-signature" || name === "signature") {
    found.secrets.push(value);
    return show(value.slice(0, shownSignatureLength));
  }
  if (name === "x-amz-credential" || name === "awsaccesskeyid") {
    return show(encodeURIComponent(showCredential(decode(value), isKeyKnown, found)));
  }
  if (!isSecretParameter(name)) return parameter;
  found.secrets.push(value, decode(value));
  found.isWhole = false;
  return show(blanked);
}

function isSecretParameter(name: string): boolean {
  if (secretHeaders.has(name)) return true;
  return name !== "continuation-token" && secretName.test(name);
}

/** Of other services, whose URLs and headers end up here. */
const secretName = /(?:^|[-_.])(?:token|secret|password|passwd|pwd|sig|jwt|session|auth|authorization|api[-_]?key)$/;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // broken escapes are shown as they are
  }
}

/** A part of a text keeps the whole text in memory, secrets and all, until it is copied. */
export function flat(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
