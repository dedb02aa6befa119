import { severalMechanisms, unsupportedVersion2 } from "./choose-mechanism.ts";
import { checkRegion, parseCredential, QUERY_DIALECT } from "./credential.ts";
import { requireField } from "./read-post-fields.ts";
import { checkAlgorithm, parseTimestamp } from "./read-query-claim.ts";
import type { KeyClaim } from "./signature-claim.ts";
import type { VerifyPostFormOptions } from "./verify-post-form.ts";

/** What a form says about its signature, with nothing proved yet. */
export type FormClaim = KeyClaim & {
  readonly version: 2 | 4;
  /** As it was signed: base64. */
  readonly policy: string;
};

/** Undefined if the form claims nothing. */
export function readFormClaim(
  fields: ReadonlyMap<string, string>,
  options: VerifyPostFormOptions<unknown>,
): FormClaim | undefined {
  if (!CLAIM_FIELDS.some((name) => fields.has(name))) return undefined;
  if (!VERSION2_FIELDS.some((name) => fields.has(name))) return readVersion4(fields, options);
  if (VERSION4_FIELDS.some((name) => fields.has(name))) throw severalMechanisms();
  if (options.version2 !== "accept") throw unsupportedVersion2();
  return readVersion2(fields, options);
}

const VERSION2_FIELDS = ["awsaccesskeyid", "signature"];
const VERSION4_FIELDS = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"];

// Any of them makes the form one that claims to be signed.
const CLAIM_FIELDS = ["policy", "x-amz-security-token", ...VERSION2_FIELDS, ...VERSION4_FIELDS];

function readVersion4(
  fields: ReadonlyMap<string, string>,
  { region, acceptedRegions = [], service = "s3" }: VerifyPostFormOptions<unknown>,
): FormClaim {
  const policy = requireField(fields, "policy");
  checkAlgorithm(requireField(fields, "x-amz-algorithm"));
  const credential = parseCredential(requireField(fields, "x-amz-credential"), QUERY_DIALECT, { service });
  const { timestamp } = parseTimestamp(requireField(fields, "x-amz-date"));
  const signature = requireField(fields, "x-amz-signature");
  checkRegion(credential.region, QUERY_DIALECT, { region, acceptedRegions });
  const sessionToken = readSessionToken(fields);
  return { version: 4, credential, signature, timestamp, sessionToken, dialect: QUERY_DIALECT, policy };
}

/** Names neither day nor region: only the policy says how long and for what the signature is good. */
function readVersion2(
  fields: ReadonlyMap<string, string>,
  { region, service = "s3" }: VerifyPostFormOptions<unknown>,
): FormClaim {
  const policy = requireField(fields, "policy");
  const accessKeyId = requireField(fields, "awsaccesskeyid");
  const signature = requireField(fields, "signature");
  const credential = { accessKeyId, date: "", region, service, scope: "" };
  const sessionToken = readSessionToken(fields);
  return { version: 2, credential, signature, timestamp: "", sessionToken, dialect: QUERY_DIALECT, policy };
}

function readSessionToken(fields: ReadonlyMap<string, string>): string | undefined {
  const token = fields.get("x-amz-security-token");
  return token === undefined ? undefined : Buffer.from(token).toString("latin1");
}
