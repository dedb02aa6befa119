import { headerOf, type SentRequest } from "./redact-request.ts";

/** What a request says about its signature, as far as it can be read. */
export type ShownClaim = {
  readonly kind: "header" | "query";
  readonly accessKeyId: string;
  /** `DAY/REGION/s3/aws4_request`. */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  /** The first characters of it. */
  readonly signature: string;
};

/** Reads it from a redacted request. Undefined for one that is not signed, or not by Signature Version 4. */
export function readSignatureClaim({ target, rawHeaders }: SentRequest): ShownClaim | undefined {
  const authorization = headerOf(rawHeaders, "authorization") ?? "";
  if (authorization.startsWith("AWS4-HMAC-SHA256 ")) {
    const component = (name: string) => new RegExp(`[ ,]${name}=([^, ]*)`).exec(authorization)?.[1] ?? "";
    return toClaim("header", component);
  }
  const parameters = parametersOf(target);
  if (!parameters.has("x-amz-credential")) return undefined;
  return toClaim("query", (name) => parameters.get(`x-amz-${name.toLowerCase()}`) ?? "");
}

function toClaim(kind: ShownClaim["kind"], component: (name: string) => string): ShownClaim {
  const credential = component("Credential");
  const [accessKeyId = "", ...scope] = credential.split("/");
  const signedHeaders = component("SignedHeaders");
  return {
    kind,
    accessKeyId,
    scope: scope.join("/"),
    signedHeaders: signedHeaders === "" ? [] : signedHeaders.split(";"),
    signature: component("Signature"),
  };
}

/** By lower-case name. */
export function parametersOf(target: string): ReadonlyMap<string, string> {
  const mark = target.indexOf("?");
  const parameters = new Map<string, string>();
  if (mark === -1) return parameters;
  for (const [name, value] of new URLSearchParams(target.slice(mark + 1))) parameters.set(name.toLowerCase(), value);
  return parameters;
}
