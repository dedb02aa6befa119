import type { WebsiteConfiguration, WebsiteRoutingRule } from "../requests/parse-website-configuration.ts";
import { element, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** The answer of GetBucketWebsite: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html */
export function writeWebsiteConfiguration(configuration: WebsiteConfiguration): string {
  const { redirectAllRequestsTo: all, indexDocumentSuffix, errorDocumentKey, routingRules } = configuration;
  return successDocument(
    "WebsiteConfiguration",
    element(
      "RedirectAllRequestsTo",
      all && textElement("HostName", all.hostName) + optionalElement("Protocol", all.protocol),
    ) +
      element("IndexDocument", optionalMember("Suffix", indexDocumentSuffix)) +
      element("ErrorDocument", optionalMember("Key", errorDocumentKey)) +
      element("RoutingRules", routingRules?.map(ruleElement).join("")),
  );
}

function optionalMember(name: "Suffix" | "Key", text: string | undefined): string | undefined {
  return text === undefined ? undefined : textElement(name, text);
}

function ruleElement({ condition, redirect }: WebsiteRoutingRule): string {
  const conditions =
    condition &&
    optionalElement("HttpErrorCodeReturnedEquals", condition.httpErrorCodeReturnedEquals) +
      optionalElement("KeyPrefixEquals", condition.keyPrefixEquals);
  const redirection =
    optionalElement("HostName", redirect.hostName) +
    optionalElement("HttpRedirectCode", redirect.httpRedirectCode) +
    optionalElement("Protocol", redirect.protocol) +
    optionalElement("ReplaceKeyPrefixWith", redirect.replaceKeyPrefixWith) +
    optionalElement("ReplaceKeyWith", redirect.replaceKeyWith);
  return element("RoutingRule", element("Condition", conditions) + element("Redirect", redirection));
}
