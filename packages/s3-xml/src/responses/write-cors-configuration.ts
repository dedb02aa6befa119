import type { CorsConfiguration, CorsRule } from "../requests/parse-cors-configuration.ts";
import { element, optionalElement, successDocument, textElements } from "./xml-writer.ts";

/** The answer of GetBucketCors: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export function writeCorsConfiguration({ rules }: CorsConfiguration): string {
  return successDocument("CORSConfiguration", rules.map(ruleElement).join(""));
}

function ruleElement(rule: CorsRule): string {
  return element(
    "CORSRule",
    textElements("AllowedHeader", rule.allowedHeaders) +
      textElements("AllowedMethod", rule.allowedMethods) +
      textElements("AllowedOrigin", rule.allowedOrigins) +
      textElements("ExposeHeader", rule.exposeHeaders) +
      optionalElement("ID", rule.id) +
      optionalElement("MaxAgeSeconds", rule.maxAgeSeconds),
  );
}
