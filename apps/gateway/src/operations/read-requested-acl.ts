import { type CannedAclOptions, cannedAclGrants, type Grant } from "@stave/s3-policy";
import { type Grantee, parseAccessControlPolicy, XmlError } from "@stave/s3-xml";
import { accessDenied } from "../auth/decide.ts";
import { readDocument } from "../body/read-document.ts";
import { resolveGrants } from "../configuration/resolve-grants.ts";
import { S3Error } from "../errors/s3-error.ts";
import { type NamedGrantee, readAclHeaders } from "../headers/acl-headers.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

/**
 * The ACL that PutBucketAcl and PutObjectAcl ask for, by headers or by a document. The owner stays: throws `AccessDenied` for
 * a document with another one, `MissingSecurityHeader` and `UnexpectedContent` for none and for both, `MalformedACLError`.
 */
export async function readRequestedAcl(
  context: OperationContext,
  request: BodyRequest,
  owners: CannedAclOptions,
): Promise<readonly Grant[]> {
  const asked = readAclHeaders(request.headers);
  const document = await readDocument(request.body);
  if (asked === undefined) {
    if (document.length === 0) {
      throw new S3Error("MissingSecurityHeader", "Your request was missing a required header", {
        elements: { MissingHeaderName: "x-amz-acl" },
      });
    }
    return readAclDocument(context, document, owners.ownerId);
  }
  if (document.length > 0) throw new S3Error("UnexpectedContent", "This request does not support content");
  return "canned" in asked ? cannedAclGrants(asked.canned, owners) : resolveGrants(asked.grants, context.accounts);
}

function readAclDocument(context: OperationContext, document: Buffer, ownerId: string): readonly Grant[] {
  const { owner, grants } = parseAcl(document);
  if (owner.id !== ownerId) throw accessDenied(context, { reason: "acl-of-another" });
  const named = grants.map(({ grantee, permission }) => ({ grantee: nameOf(grantee), permission }));
  return resolveGrants(named, context.accounts);
}

function parseAcl(document: Buffer): ReturnType<typeof parseAccessControlPolicy> {
  try {
    return parseAccessControlPolicy(document);
  } catch (error) {
    if (!(error instanceof XmlError) || error.code !== "MalformedXML") throw error;
    throw new S3Error("MalformedACLError", error.message, { cause: error });
  }
}

function nameOf(grantee: Grantee): NamedGrantee {
  if (grantee.type === "Group") return { type: "uri", name: grantee.uri };
  if (grantee.type === "AmazonCustomerByEmail") return { type: "emailAddress", name: grantee.emailAddress };
  return { type: "id", name: grantee.id };
}
