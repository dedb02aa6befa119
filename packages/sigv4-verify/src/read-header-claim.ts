// The Authorization header: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
import { type Mechanism, unsupportedScheme, unsupportedVersion2 } from "./choose-mechanism.ts";
import { checkRegion, malformed, parseCredential, parseSignedHeaders } from "./credential.ts";
import { PAYLOAD_HASH } from "./payload-mode.ts";
import { trimBlanks } from "./request-headers.ts";
import { readRequestTime } from "./request-time.ts";
import type { ClaimOptions, SignatureClaim, SignedSubject } from "./signature-claim.ts";
import { SignatureError } from "./signature-error.ts";

type HeaderMechanism = Extract<Mechanism, { kind: "header" }>;

export function readHeaderClaim(
  { scheme, components }: HeaderMechanism,
  { headers, target }: SignedSubject,
  options: ClaimOptions,
): SignatureClaim {
  const { timestamp } = readRequestTime(headers.values, options.now);
  checkScheme(scheme);
  const parts = parseComponents(components);
  const credential = parseCredential(parts.credential, DIALECT, options);
  const signedHeaders = parseSignedHeaders(parts.signedHeaders, DIALECT);
  checkRegion(credential.region, DIALECT, options);
  return {
    kind: "header",
    credential,
    signedHeaders,
    signature: parts.signature,
    timestamp,
    payloadHash: headers.values.get(PAYLOAD_HASH),
    sessionToken: headers.values.get("x-amz-security-token"),
    dialect: DIALECT,
    target,
  };
}

const DIALECT = {
  code: "AuthorizationHeaderMalformed",
  prefix: "The authorization header is malformed; ",
  quote: "'",
} as const;

// A real header has some 300 bytes; a long list of signed headers may double that.
const MAX_COMPONENTS_BYTES = 4096;

function checkScheme(scheme: string): void {
  switch (scheme) {
    case "AWS4-HMAC-SHA256":
      return;
    case "AWS":
      throw unsupportedVersion2();
    case "AWS4-ECDSA-P256-SHA256":
      throw new SignatureError("NotImplemented", "Signature Version 4A (ECDSA) is not implemented.");
    default:
      throw unsupportedScheme();
  }
}

function parseComponents(text: string): { credential: string; signedHeaders: string; signature: string } {
  if (text.length > MAX_COMPONENTS_BYTES) {
    throw malformed(DIALECT, `the authorization header is longer than ${MAX_COMPONENTS_BYTES} bytes.`);
  }
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  const components = text.split(",");
  for (const component of components) {
    const equals = component.indexOf("=");
    // Not echoed: it may be a signature that lost its name.
    if (equals === -1) throw malformed(DIALECT, "an authorization component is malformed; expecting name=value.");
    const value = trimBlanks(component.slice(equals + 1));
    const name = trimBlanks(component.slice(0, equals));
    if (name === "Credential") credential = value;
    else if (name === "SignedHeaders") signedHeaders = value;
    else if (name === "Signature") signature = value;
  }
  // Counted as sent: a component that comes twice makes four.
  if (components.length !== 3 || credential === undefined || signedHeaders === undefined || signature === undefined) {
    const expected = "three components: Credential, SignedHeaders, and Signature.";
    throw malformed(DIALECT, `the authorization header requires ${expected}`);
  }
  return { credential, signedHeaders, signature };
}
