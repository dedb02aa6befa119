import type { DefaultRetention, ObjectLockConfiguration } from "../requests/parse-object-lock-configuration.ts";
import { element, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** The answer of GetObjectLockConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export function writeObjectLockConfiguration(configuration: ObjectLockConfiguration): string {
  const { objectLockEnabled, defaultRetention } = configuration;
  return successDocument(
    "ObjectLockConfiguration",
    textElement("ObjectLockEnabled", objectLockEnabled) +
      element("Rule", defaultRetention && element("DefaultRetention", retentionMembers(defaultRetention))),
  );
}

function retentionMembers({ mode, days, years }: DefaultRetention): string {
  return optionalElement("Days", days) + textElement("Mode", mode) + optionalElement("Years", years);
}
