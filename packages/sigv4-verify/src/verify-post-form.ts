// Browser uploads: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
import { createHmac, type KeyObject } from "node:crypto";
import { canonicalizeTarget } from "./canonical-target.ts";
import { chooseMechanism, severalMechanisms } from "./choose-mechanism.ts";
import { checkCredentialDate } from "./credential.ts";
import { evaluatePostPolicy } from "./evaluate-post-policy.ts";
import { findCredential, keyFor, refuseSessionToken } from "./find-credential.ts";
import { isSameSignature } from "./match-signature.ts";
import { type ContentLengthRange, type PostPolicy, parsePostPolicy } from "./parse-post-policy.ts";
import { signatureMismatch } from "./prove-claim.ts";
import type { IncomingRequest } from "./read-claim.ts";
import { type FormClaim, readFormClaim } from "./read-form-claim.ts";
import { invalidField, type PostField, readPostFields, requireField } from "./read-post-fields.ts";
import { readHeaders } from "./request-headers.ts";
import type { VerifyOptions } from "./verify-request.ts";

/** A `multipart/form-data` upload up to the first byte of its file. */
export type PostForm = {
  /** The head of the request. It must not claim a signature of its own. */
  readonly request: IncomingRequest;
  /** The bucket of the URL: the one that is written to, whatever the form says. */
  readonly bucket: string;
  /** All fields before `file`, in order. What comes after the file is to be ignored. */
  readonly fields: readonly PostField[];
  /** The name of the file, for `${filename}` in the key. */
  readonly fileName?: string | undefined;
  /** The size of the file, if it is known before it is read. */
  readonly contentLength?: number | undefined;
};

/** Those of {@link verifyRequest}; what proxies rewrite is no part of a form. */
export type VerifyPostFormOptions<Identity> = Pick<
  VerifyOptions<Identity>,
  "acceptedRegions" | "findKey" | "now" | "region" | "service" | "signingKeys"
> & {
  /**
   * Whether a policy may be signed by Signature Version 2, as boto3 signs forms unless it is told otherwise. Such a signature holds
   * in every region and as long as the policy says. @default "refuse"
   */
  readonly version2?: "accept" | "refuse";
};

/** Who signed the form's policy, if anybody, and what the policy leaves to be checked. */
export type PostFormVerification<Identity> =
  | { readonly kind: "anonymous"; readonly key: string; readonly fields: ReadonlyMap<string, string> }
  | {
      readonly kind: "form";
      readonly accessKeyId: string;
      readonly identity: Identity;
      /** Where the file goes: the `key` field with `${filename}` replaced, as the policy was held against it. */
      readonly key: string;
      /** By lower-case name. */
      readonly fields: ReadonlyMap<string, string>;
      readonly policy: PostPolicy;
      /** Count the file's bytes against it while they stream, and keep nothing that falls outside. */
      readonly contentLengthRange: ContentLengthRange | undefined;
    };

/**
 * Verifies a browser upload: the signature over its policy, then the form against the policy.
 *
 * Throws a {@link SignatureError} for what it claims and cannot prove, a {@link PostFormError} for what the policy does not
 * allow. An anonymous result means that neither form nor request claims anything. The result says nothing about permissions.
 *
 * @example
 * const verified = await verifyPostForm({ request, bucket, fields, fileName }, { region: "us-east-1", findKey });
 */
export async function verifyPostForm<Identity>(
  form: PostForm,
  options: VerifyPostFormOptions<Identity>,
): Promise<PostFormVerification<Identity>> {
  const { bucket, contentLength } = form;
  const { findKey, signingKeys, now = () => new Date() } = options;
  refuseOtherClaims(form.request);
  const sent = readPostFields(form.fields);
  const claim = readFormClaim(sent, options);
  const fileName = lastComponent(form.fileName);
  const key = requireField(sent, "key").replaceAll(FILE_NAME, () => fileName);
  const fields = new Map(sent).set("key", key);
  if (claim === undefined) {
    checkBucketField(sent, bucket);
    return { kind: "anonymous", key, fields };
  }

  const found = await findCredential(claim, { findKey, signingKeys }, (key) => isVersion4Signature(claim, key));
  if (!isSigned(claim, found.secretAccessKey, options)) throw signatureMismatch(claim);

  // Only what is proved to be the key's own is read as a document.
  const policy = parsePostPolicy(claim.policy);
  const contentLengthRange = evaluatePostPolicy(policy, { bucket, fields, contentLength, now: now() });
  checkBucketField(sent, bucket);
  const { accessKeyId } = claim.credential;
  return { kind: "form", accessKeyId, identity: found.identity, key, fields, policy, contentLengthRange };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: the variable of S3's forms, not of JavaScript
export const FILE_NAME = "${filename}";
// What a key may have: a longer name, many times in one key, would multiply what was sent.
const MAX_FILE_NAME_BYTES = 1024;

function refuseOtherClaims({ target, rawHeaders }: IncomingRequest): void {
  const { values } = readHeaders(rawHeaders);
  const mechanism = chooseMechanism(values.get("authorization") ?? "", canonicalizeTarget(target).query);
  if (mechanism.kind !== "anonymous") throw severalMechanisms();
  refuseSessionToken(values.has("x-amz-security-token"));
}

function checkBucketField(fields: ReadonlyMap<string, string>, bucket: string): void {
  const named = fields.get("bucket");
  if (named !== undefined && named !== bucket) throw invalidField("bucket", "The bucket is not the URL's");
}

function isSigned(claim: FormClaim, secretAccessKey: string, { signingKeys }: VerifyPostFormOptions<unknown>): boolean {
  const { credential, dialect, timestamp, policy, signature } = claim;
  // A MAC needs no collision resistance: HMAC with SHA-1 is still sound.
  if (claim.version === 2) {
    return isSameSignature(signature, createHmac("sha1", secretAccessKey).update(policy).digest("base64"));
  }
  checkCredentialDate(credential, dialect, timestamp);
  return isVersion4Signature(claim, keyFor({ ...credential, secretAccessKey }, signingKeys));
}

function isVersion4Signature({ signature, policy }: FormClaim, signingKey: KeyObject): boolean {
  return isSameSignature(signature, createHmac("sha256", signingKey).update(policy).digest("hex"));
}

// Browsers send a name only; some clients send the whole path.
function lastComponent(fileName = ""): string {
  const name = fileName.slice(Math.max(fileName.lastIndexOf("/"), fileName.lastIndexOf("\\")) + 1);
  if (Buffer.byteLength(name) <= MAX_FILE_NAME_BYTES) return name;
  throw invalidField("file", `The file name is longer than ${MAX_FILE_NAME_BYTES} bytes`);
}
