import type { QueryParameter } from "./canonical-target.ts";
import { SignatureError } from "./signature-error.ts";

/** How a request claims to be signed. Decided once: identity and proof come from the same place. */
export type Mechanism =
  | { readonly kind: "anonymous" }
  | { readonly kind: "header"; readonly scheme: string; readonly components: string }
  | { readonly kind: "query"; readonly parameters: SignatureParameters };

/** The values of {@link SIGNATURE_PARAMETERS} by lower-case name, in their canonical encoding. */
export type SignatureParameters = ReadonlyMap<string, string>;

export function chooseMechanism(authorization: string, query: readonly QueryParameter[]): Mechanism {
  const space = authorization.indexOf(" ");
  const scheme = space === -1 ? authorization : authorization.slice(0, space);
  const parameters = readSignatureParameters(query);
  const hasVersion2 = query.some(({ name }) => name === "AWSAccessKeyId" || name === "Signature");

  if (parameters || hasVersion2) {
    const isBoth = parameters !== undefined && hasVersion2;
    if (isBoth || !(scheme === "" || FOREIGN_SCHEME.test(scheme))) throw severalMechanisms();
    if (parameters) return { kind: "query", parameters };
    throw unsupportedVersion2();
  }
  // An empty header is what some proxies leave behind when they remove one. It claims nothing.
  if (authorization === "") return { kind: "anonymous" };
  if (!scheme.startsWith("AWS")) throw unsupportedScheme();
  return { kind: "header", scheme, components: authorization.slice(scheme.length) };
}

export function unsupportedScheme(): SignatureError {
  const details = { ArgumentName: "Authorization" };
  return new SignatureError("InvalidArgument", "Unsupported Authorization Type", { details });
}

export function unsupportedVersion2(): SignatureError {
  const message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
  return new SignatureError("InvalidRequest", message);
}

// Names are compared without case, so that a claim in other letters cannot pass as an ordinary parameter.
const SIGNATURE_PARAMETERS = new Set([
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-security-token",
  "x-amz-signature",
  "x-amz-signedheaders",
]);

// Both belong to something in front of S3, and neither can be mistaken for a claim of ours.
const FOREIGN_SCHEME = /^(?:basic|bearer)$/i;

/** Saves most parameters from being compared: this runs several times for each of them. */
export function startsWithX(name: string): boolean {
  return (name.charCodeAt(0) | 0x20) === 0x78;
}

function readSignatureParameters(query: readonly QueryParameter[]): SignatureParameters | undefined {
  let parameters: Map<string, string> | undefined;
  for (const { name, value } of query) {
    if (!startsWithX(name)) continue;
    const key = name.toLowerCase();
    if (!SIGNATURE_PARAMETERS.has(key)) continue;
    parameters ??= new Map();
    if (parameters.has(key)) {
      throw new SignatureError("InvalidArgument", `The parameter ${name} may be given only once`, {
        details: { ArgumentName: name },
      });
    }
    parameters.set(key, value);
  }
  return parameters;
}

export function severalMechanisms(): SignatureError {
  const message =
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified";
  return new SignatureError("InvalidArgument", message, { details: { ArgumentName: "Authorization" } });
}
