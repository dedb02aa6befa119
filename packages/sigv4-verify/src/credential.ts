import { SignatureError, type SignatureErrorCode } from "./signature-error.ts";

/** `AKID/YYYYMMDD/region/service/aws4_request`, taken apart. */
export type Credential = {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** All but the access key id. */
  readonly scope: string;
};

/** The forms of a signed request word the same refusals differently. */
export type Dialect = { readonly code: SignatureErrorCode; readonly prefix: string; readonly quote: string };

/** Of presigned requests and of forms. */
export const QUERY_DIALECT: Dialect = {
  code: "AuthorizationQueryParametersError",
  prefix: "Error parsing the X-Amz-Credential parameter; ",
  quote: '"',
};

export function malformed({ code, prefix }: Dialect, reason: string, details?: Record<string, string>): SignatureError {
  return new SignatureError(code, `${prefix}${reason}`, details ? { details } : {});
}

/** Checks everything but region and access key. */
export function parseCredential(text: string, dialect: Dialect, { service }: { service: string }): Credential {
  const parts = text.split("/");
  const [accessKeyId = "", date = "", region = "", scopeService = "", terminator = ""] = parts;
  if (parts.length !== 5) {
    const expected = "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request";
    throw malformed(dialect, `the Credential is mal-formed; expecting "${expected}".`);
  }
  if (accessKeyId === "") {
    throw malformed(dialect, "a non-empty Access Key (AKID) must be provided in the credential.");
  }
  if (terminator !== "aws4_request") {
    throw malformed(dialect, `incorrect terminal "${terminator}". This endpoint uses "aws4_request".`);
  }
  if (scopeService !== service) {
    throw malformed(dialect, `incorrect service "${scopeService}". This endpoint belongs to "${service}".`);
  }
  if (!/^\d{8}$/.test(date)) {
    const reason = `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`;
    throw malformed(dialect, reason);
  }
  return { accessKeyId, date, region, service, scope: text.slice(accessKeyId.length + 1) };
}

/** SDKs read `Region` from this refusal and sign again. */
export function checkRegion(region: string, dialect: Dialect, accepted: AcceptedRegions): void {
  if (region === accepted.region || accepted.acceptedRegions?.includes(region)) return;
  const { quote } = dialect;
  const reason = `the region ${quote}${region}${quote} is wrong; expecting ${quote}${accepted.region}${quote}`;
  throw malformed(dialect, reason, { Region: accepted.region });
}

export type AcceptedRegions = { readonly region: string; readonly acceptedRegions?: readonly string[] };

export function checkCredentialDate({ date }: Credential, dialect: Dialect, timestamp: string): void {
  const day = timestamp.slice(0, 8);
  if (date === day) return;
  throw malformed(dialect, `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${day}".`);
}

/**
 * Splits `a;b;c`, order kept. Names are lower-case tokens, each once: a repeated one would let a request multiply its own
 * length.
 */
export function parseSignedHeaders(text: string, dialect: Dialect): ReadonlySet<string> {
  const names = text.split(";");
  const distinct = new Set(names);
  if (!SIGNED_HEADERS.test(text) || distinct.size !== names.length) {
    throw malformed(dialect, "SignedHeaders must be distinct lower-case header names separated by semicolons.");
  }
  return distinct;
}

// RFC 9110 section 5.1 without capitals. Above all no line end: it could make one canonical request read as another.
const SIGNED_HEADERS = /^[!#$%&'*+\-.^_`|~0-9a-z]+(?:;[!#$%&'*+\-.^_`|~0-9a-z]+)*$/;
