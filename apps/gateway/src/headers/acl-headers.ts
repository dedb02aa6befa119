import { type CannedAcl, isCannedAcl, type Permission } from "@stave/s3-policy";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

/** A grantee as clients name one: by canonical id, group address or e-mail address. */
export type NamedGrantee = { readonly type: "id" | "uri" | "emailAddress"; readonly name: string };
export type NamedGrant = { readonly grantee: NamedGrantee; readonly permission: Permission };

/** The ACL that the headers of a request ask for. */
export type AclHeaders = { readonly canned: CannedAcl } | { readonly grants: readonly NamedGrant[] };

const grantHeaders = [
  ["x-amz-grant-read", "READ"],
  ["x-amz-grant-write", "WRITE"],
  ["x-amz-grant-read-acp", "READ_ACP"],
  ["x-amz-grant-write-acp", "WRITE_ACP"],
  ["x-amz-grant-full-control", "FULL_CONTROL"],
] as const;

export function hasAclHeaders(headers: RequestHeaders): boolean {
  if (headers["x-amz-acl"] !== undefined) return true;
  return grantHeaders.some(([name]) => headers[name] !== undefined);
}

/** Undefined when the headers ask for none. Throws `InvalidArgument`, and `InvalidRequest` for both kinds at once. */
export function readAclHeaders(headers: RequestHeaders): AclHeaders | undefined {
  if (!hasAclHeaders(headers)) return undefined;
  const canned = headers["x-amz-acl"];
  const grants = grantHeaders.flatMap(([header, permission]) => {
    const value = headers[header];
    if (value === undefined) return [];
    return readGrantees(header, value).map((grantee): NamedGrant => ({ grantee, permission }));
  });
  if (canned === undefined) return { grants };
  if (grants.length > 0) {
    throw new S3Error("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed");
  }
  if (!isCannedAcl(canned)) throw invalid("x-amz-acl", canned, "The canned ACL you specified is not valid");
  return { canned };
}

/** `id="…", uri="…", emailAddress="…"`, with or without quotes. */
function readGrantees(header: string, value: string): readonly NamedGrantee[] {
  return value.split(",").map((entry) => {
    const [, type = "", quoted, bare = ""] = /^\s*(\w+)\s*=\s*(?:"([^"]*)"|([^"\s]+))\s*$/.exec(entry) ?? [];
    const known = granteeTypes.find((name) => name.toLowerCase() === type.toLowerCase());
    const name = quoted ?? bare;
    if (known === undefined || name === "") throw invalid(header, value, "Argument format not recognized");
    return { type: known, name };
  });
}

const granteeTypes = ["id", "uri", "emailAddress"] as const;

function invalid(name: string, value: string, message: string): S3Error {
  return new S3Error("InvalidArgument", message, { elements: { ArgumentName: name, ArgumentValue: value } });
}
