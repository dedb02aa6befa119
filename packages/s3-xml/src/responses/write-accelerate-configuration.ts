import type { AccelerateConfiguration } from "../requests/parse-accelerate-configuration.ts";
import { optionalElement, successDocument } from "./xml-writer.ts";

/**
 * The answer of GetBucketAccelerateConfiguration:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html
 */
export function writeAccelerateConfiguration({ status }: AccelerateConfiguration): string {
  return successDocument("AccelerateConfiguration", optionalElement("Status", status));
}
