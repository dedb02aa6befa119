// PutBucketWebsite: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { checkMembers, omitUndefined, optionalChild, requiredChild } from "./typed-members.ts";
import { childrenNamed, optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/** Where a routing rule sends a request. All members are as sent. */
export type WebsiteRedirect = {
  readonly hostName?: string | undefined;
  readonly httpRedirectCode?: string | undefined;
  readonly protocol?: string | undefined;
  readonly replaceKeyPrefixWith?: string | undefined;
  readonly replaceKeyWith?: string | undefined;
};

/** Without a condition it is about every request. */
export type WebsiteRoutingRule = {
  readonly condition?:
    | { readonly httpErrorCodeReturnedEquals?: string | undefined; readonly keyPrefixEquals?: string | undefined }
    | undefined;
  readonly redirect: WebsiteRedirect;
};

/** How a bucket is served as a website. */
export type WebsiteConfiguration = {
  readonly redirectAllRequestsTo?: { readonly hostName: string; readonly protocol?: string | undefined } | undefined;
  readonly indexDocumentSuffix?: string | undefined;
  readonly errorDocumentKey?: string | undefined;
  readonly routingRules?: readonly WebsiteRoutingRule[] | undefined;
};

/** As many routing rules as a website may have; the caller's to check. */
export const maxRoutingRules = 50;

/**
 * Reads the body of PutBucketWebsite.
 *
 * Throws `MalformedXML`, also for a redirect without a host and a routing rule without a redirect, and
 * `MaxMessageLengthExceeded`. Which members exclude or need each other, protocols, status codes and the number of rules
 * are the caller's to check: S3 answers `InvalidArgument` or `InvalidRequest`.
 */
export function parseWebsiteConfiguration(xml: Uint8Array, options?: ParseOptions): WebsiteConfiguration {
  const root = readConfiguration(xml, { ...options, root: "WebsiteConfiguration" });
  checkMembers(root, ["RedirectAllRequestsTo", "IndexDocument", "ErrorDocument", "RoutingRules"]);
  const redirectAll = optionalChild(root, "RedirectAllRequestsTo");
  const routingRules = optionalChild(root, "RoutingRules");
  return omitUndefined({
    redirectAllRequestsTo: redirectAll && readRedirectAll(redirectAll),
    indexDocumentSuffix: readDocumentName(root, { name: "IndexDocument", member: "Suffix" }),
    errorDocumentKey: readDocumentName(root, { name: "ErrorDocument", member: "Key" }),
    routingRules: routingRules && readRoutingRules(routingRules),
  });
}

function readRedirectAll(redirect: XmlElement): NonNullable<WebsiteConfiguration["redirectAllRequestsTo"]> {
  checkMembers(redirect, ["HostName", "Protocol"]);
  return omitUndefined({ hostName: requiredText(redirect, "HostName"), protocol: optionalText(redirect, "Protocol") });
}

function readDocumentName(
  root: XmlElement,
  { name, member }: { readonly name: string; readonly member: string },
): string | undefined {
  const document = optionalChild(root, name);
  if (document === undefined) return undefined;
  checkMembers(document, [member]);
  return requiredText(document, member);
}

function readRoutingRules(rules: XmlElement): readonly WebsiteRoutingRule[] {
  checkMembers(rules, ["RoutingRule"]);
  return childrenNamed(rules, "RoutingRule").map((rule) => {
    checkMembers(rule, ["Condition", "Redirect"]);
    const condition = optionalChild(rule, "Condition");
    return omitUndefined({
      condition: condition && readCondition(condition),
      redirect: readRedirect(requiredChild(rule, "Redirect")),
    });
  });
}

function readCondition(condition: XmlElement): NonNullable<WebsiteRoutingRule["condition"]> {
  checkMembers(condition, ["HttpErrorCodeReturnedEquals", "KeyPrefixEquals"]);
  return omitUndefined({
    httpErrorCodeReturnedEquals: optionalText(condition, "HttpErrorCodeReturnedEquals"),
    keyPrefixEquals: optionalText(condition, "KeyPrefixEquals"),
  });
}

function readRedirect(redirect: XmlElement): WebsiteRedirect {
  checkMembers(redirect, ["HostName", "HttpRedirectCode", "Protocol", "ReplaceKeyPrefixWith", "ReplaceKeyWith"]);
  return omitUndefined({
    hostName: optionalText(redirect, "HostName"),
    httpRedirectCode: optionalText(redirect, "HttpRedirectCode"),
    protocol: optionalText(redirect, "Protocol"),
    replaceKeyPrefixWith: optionalText(redirect, "ReplaceKeyPrefixWith"),
    replaceKeyWith: optionalText(redirect, "ReplaceKeyWith"),
  });
}
