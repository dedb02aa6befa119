import {
  maxRoutingRules,
  parseWebsiteConfiguration,
  type WebsiteConfiguration,
  type WebsiteRedirect,
  type WebsiteRoutingRule,
  writeWebsiteConfiguration,
} from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import { deleteStored, getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

/** GetBucketWebsite: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html */
export const getBucketWebsite = getStored(
  "website",
  absentConfiguration("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
);

/** PutBucketWebsite: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
export const putBucketWebsite = putStored("website", {
  parse: parseWebsiteConfiguration,
  write: writeWebsiteConfiguration,
  check: checkWebsite,
});

/** DeleteBucketWebsite: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html */
export const deleteBucketWebsite = deleteStored("website");

function checkWebsite(website: WebsiteConfiguration): void {
  const { redirectAllRequestsTo, indexDocumentSuffix, errorDocumentKey, routingRules } = website;
  if (redirectAllRequestsTo !== undefined) {
    if (indexDocumentSuffix !== undefined || errorDocumentKey !== undefined || routingRules !== undefined) {
      throw invalid("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.");
    }
    checkHost(redirectAllRequestsTo);
    return;
  }
  if (indexDocumentSuffix === undefined) {
    throw argument(
      "IndexDocument",
      "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
    );
  }
  if (indexDocumentSuffix.includes("/") || !isKey(indexDocumentSuffix)) {
    throw argument("IndexDocument", "The IndexDocument Suffix is not well formed");
  }
  if (errorDocumentKey !== undefined && !isKey(errorDocumentKey)) {
    throw argument("ErrorDocument", "The ErrorDocument Key is not well formed");
  }
  if (routingRules !== undefined && routingRules.length > maxRoutingRules) {
    throw invalid(
      `${routingRules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${maxRoutingRules}.`,
    );
  }
  for (const rule of routingRules ?? []) checkRule(rule);
}

function checkRule({ condition, redirect }: WebsiteRoutingRule): void {
  if (condition !== undefined) {
    const { httpErrorCodeReturnedEquals: status, keyPrefixEquals } = condition;
    if (status === undefined && keyPrefixEquals === undefined) {
      throw invalid(
        "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
      );
    }
    if (status !== undefined && !/^[45]\d\d$/.test(status)) {
      throw invalid(`The provided HTTP error code (${status}) is not valid. Valid codes are 4XX or 5XX.`);
    }
  }
  checkRedirect(redirect);
}

function checkRedirect(redirect: WebsiteRedirect): void {
  const { httpRedirectCode, replaceKeyPrefixWith, replaceKeyWith } = redirect;
  if (Object.keys(redirect).length === 0) throw invalid("Redirect cannot be empty.");
  if (replaceKeyPrefixWith !== undefined && replaceKeyWith !== undefined) {
    throw invalid("You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
  }
  if (httpRedirectCode !== undefined && (!/^3\d\d$/.test(httpRedirectCode) || httpRedirectCode === "300")) {
    throw invalid(
      `The provided HTTP redirect code (${httpRedirectCode}) is not valid. Valid codes are 3XX except 300.`,
    );
  }
  checkHost(redirect);
}

function checkHost({
  hostName,
  protocol,
}: {
  readonly hostName?: string | undefined;
  readonly protocol?: string | undefined;
}): void {
  // A path after the name is in use, and works on AWS. What a header cannot carry must not get this far.
  if (hostName !== undefined && !/^[\w.-]+(:\d{1,5})?(\/[\w.~%/-]*)?$/.test(hostName)) {
    throw invalid(`The provided host name (${hostName}) is not valid.`);
  }
  if (protocol !== undefined && protocol !== "http" && protocol !== "https") {
    throw invalid(
      "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.",
    );
  }
}

function isKey(text: string): boolean {
  return Buffer.byteLength(text) <= 1024 && text.isWellFormed() && !text.includes("\0");
}

function invalid(message: string): S3Error {
  return new S3Error("InvalidRequest", message);
}

function argument(name: string, message: string): S3Error {
  return new S3Error("InvalidArgument", message, { elements: { ArgumentName: name } });
}
