import type { OwnershipControls } from "../requests/parse-ownership-controls.ts";
import { element, successDocument, textElement } from "./xml-writer.ts";

/** The answer of GetBucketOwnershipControls: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export function writeOwnershipControls({ objectOwnership }: OwnershipControls): string {
  return successDocument("OwnershipControls", element("Rule", textElement("ObjectOwnership", objectOwnership)));
}
