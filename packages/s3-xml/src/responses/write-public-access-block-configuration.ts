import type { PublicAccessBlockConfiguration } from "../requests/parse-public-access-block-configuration.ts";
import { optionalElement, successDocument } from "./xml-writer.ts";

/** The answer of GetPublicAccessBlock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export function writePublicAccessBlockConfiguration(configuration: PublicAccessBlockConfiguration): string {
  return successDocument(
    "PublicAccessBlockConfiguration",
    optionalElement("BlockPublicAcls", configuration.blockPublicAcls) +
      optionalElement("IgnorePublicAcls", configuration.ignorePublicAcls) +
      optionalElement("BlockPublicPolicy", configuration.blockPublicPolicy) +
      optionalElement("RestrictPublicBuckets", configuration.restrictPublicBuckets),
  );
}
