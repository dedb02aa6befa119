import { decodeChunks, streamingModes } from "./chunked-body.ts";
import type { Identities, Identity } from "./identities.ts";
import { configurationBucket, domain, host, lockBucket, openBucket, websiteDomain } from "./model.ts";
import type { ReadRequest } from "./read-requests.ts";
import {
  type Claim,
  decode,
  hmac,
  isSignatureOf,
  queryPairs,
  readClaim,
  sha256,
  signingKey,
  splitTarget,
} from "./sigv4.ts";
import { headerOf } from "./wire-request.ts";

/** Why a request may succeed, as far as its signature tells, or why it must not. */
export type Ruling = { readonly may: boolean; readonly why: string; readonly by?: Identity["name"] };

/**
 * Judges a request apart from the server: by its own reading of the bytes and its own Signature Version 4. Of one that is not
 * whole (`isPartial`) the body is not looked at: only operations that have none may succeed.
 */
export function maySucceed(request: ReadRequest, identities: Identities, { isPartial = false } = {}): Ruling {
  const bucket = bucketOf(request);
  // Also with a claim: browsers sign no preflight, and S3 looks for no signature in one.
  if (request.method === "OPTIONS") return { may: true, why: "a preflight tells nothing of objects" };
  const claim = readClaim(request);
  if (claim === undefined) return mayAnonymous(request, bucket, identities);
  const holders = Object.values(identities).filter(({ accessKeyId }) => accessKeyId === claim.accessKeyId);
  const signer = holders.find(({ secretAccessKey }) => isSignatureOf(claim, request, secretAccessKey));
  if (signer === undefined) return { may: false, why: "nobody's signature covers it" };
  if (signer.name === "impostor") return { may: false, why: "signed with a secret that is not the key's" };
  const left = unsignedHeader(request, claim);
  if (left !== undefined) return { may: false, why: `the header ${left} is not signed` };
  const payload = isPartial
    ? takesBody(request)
      ? "its body is cut short"
      : undefined
    : readPayload(request, claim, signer);
  if (payload !== undefined) return { may: false, why: payload };
  if (signer.name === "nobody" && ownedByOthers.has(bucket)) return { may: false, why: "it may do nothing there" };
  if (signer.name === "fuzz" && bucket === "protected") return { may: false, why: "the bucket is another's" };
  return { may: true, why: "signed", by: signer.name };
}

/** Its objects may be made public by a mutation, but a block keeps that from having an effect. */
const ownedByOthers = new Set(["protected", "fuzz"]);

/** What they allow is what the last request has said. */
const settingsBuckets = new Set([configurationBucket, lockBucket]);

/** By host and path, as the gateway is set up. */
export function bucketOf(request: Pick<ReadRequest, "target" | "headers">): string {
  const name = (headerOf(request, "host") ?? "").replace(/:\d*$/, "").toLowerCase();
  for (const parent of [domain, websiteDomain]) {
    if (name.endsWith(`.${parent}`)) return name.slice(0, -parent.length - 1);
  }
  if (name === websiteDomain) return host;
  const [path = ""] = splitTarget(request.target);
  const mounted = path.replace(/^\/storage\/v1\/s3(?=\/|$)/, "");
  return decode(mounted.split("/")[1] ?? "", "path");
}

function mayAnonymous(request: ReadRequest, bucket: string, identities: Identities): Ruling {
  if (bucket === openBucket && /^(GET|HEAD)$/.test(request.method)) return { may: true, why: "everybody may read it" };
  if (settingsBuckets.has(bucket)) return { may: true, why: "its settings change" };
  if (request.method !== "POST") return { may: false, why: "it is anonymous" };
  const form = request.body.toString("latin1");
  const field = (name: string) => {
    const pattern = new RegExp(`name="?${name}"?[^\\r\\n]*\\r?\\n(?:[^\\r\\n]+\\r?\\n)*\\r?\\n([^\\r\\n]*)`, "i");
    return pattern.exec(form)?.[1] ?? "";
  };
  const scope = field("x-amz-credential").split("/").slice(1).join("/");
  const claim = { scope, policy: field("policy"), signature: field("x-amz-signature") };
  if (!isPolicySignature(claim, identities.fuzz)) return { may: false, why: "nobody's signature covers the form" };
  const policy = Buffer.from(claim.policy, "base64").toString();
  if (!policy.includes(`{"bucket":"${bucket}"}`)) return { may: false, why: "its policy is for another bucket" };
  return { may: true, why: "a signed form", by: "fuzz" };
}

function isPolicySignature(
  { scope, policy, signature }: { readonly scope: string; readonly policy: string; readonly signature: string },
  { secretAccessKey }: Identity,
): boolean {
  return (
    signature !== "" && hmac(signingKey(secretAccessKey, scope), policy).toString("hex") === signature.toLowerCase()
  );
}

/** S3 wants the host and every `x-amz-*` header signed. */
function unsignedHeader(request: ReadRequest, { signedHeaders, isQuery }: Claim): string | undefined {
  const names = request.headers.map(([name]) => name.toLowerCase());
  const hashIsFree = isQuery ? ["x-amz-content-sha256"] : [];
  return ["host", ...names.filter((name) => name.startsWith("x-amz-"))].find(
    (name) => !signedHeaders.includes(name) && !hashIsFree.includes(name),
  );
}

/** What is wrong with the body, as far as the signature is about it; undefined when nothing is. */
function readPayload(request: ReadRequest, claim: Claim, { secretAccessKey: secret }: Identity): string | undefined {
  const hoisted = new Map(queryPairs(splitTarget(request.target)[1])).get("X-Amz-Content-Sha256");
  const payload = headerOf(request, "x-amz-content-sha256") ?? hoisted ?? (claim.isQuery ? "UNSIGNED-PAYLOAD" : "");
  const mode = streamingModes.find((known) => known === payload);
  const isRead = takesBody(request);
  if (isRead && (headerOf(request, "transfer-encoding") ?? "chunked").toLowerCase() !== "chunked")
    return "its coding is not known";
  if (mode !== undefined) {
    const { signature, timestamp } = claim;
    const plain = decodeChunks(request.body, mode, { signature, timestamp, secret });
    if (isRead && plain === undefined) return "its chunks are broken, or not signed";
    const length = headerOf(request, "x-amz-decoded-content-length");
    return isRead && Number(length) !== plain?.length ? "its chunks have another length" : undefined;
  }
  if (payload === "UNSIGNED-PAYLOAD") return undefined;
  if (!/^[0-9a-f]{64}$/i.test(payload)) return "it does not say what its body is";
  return isRead && sha256(request.body) !== payload.toLowerCase() ? "its body is not the signed one" : undefined;
}

/** Whether the operation looks at its body. */
function takesBody(request: ReadRequest): boolean {
  if (!/^(PUT|POST)$/.test(request.method)) return false;
  const [, query] = splitTarget(request.target);
  const names = queryPairs(query).map(([name]) => decode(name, "query"));
  const isCopy = headerOf(request, "x-amz-copy-source") !== undefined;
  return !isCopy && !names.includes("uploads") && !names.includes("renameObject");
}
