import type {
  ServerSideEncryptionConfiguration,
  ServerSideEncryptionRule,
} from "../requests/parse-server-side-encryption-configuration.ts";
import { element, optionalElement, successDocument, textElement, textElements } from "./xml-writer.ts";

/** The answer of GetBucketEncryption: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export function writeServerSideEncryptionConfiguration({ rules }: ServerSideEncryptionConfiguration): string {
  return successDocument("ServerSideEncryptionConfiguration", rules.map(ruleElement).join(""));
}

function ruleElement(rule: ServerSideEncryptionRule): string {
  const { sseAlgorithm, kmsMasterKeyId, bucketKeyEnabled, blockedEncryptionTypes: blocked } = rule;
  const byDefault =
    sseAlgorithm && optionalElement("KMSMasterKeyID", kmsMasterKeyId) + textElement("SSEAlgorithm", sseAlgorithm);
  return element(
    "Rule",
    element("ApplyServerSideEncryptionByDefault", byDefault) +
      element("BlockedEncryptionTypes", blocked && textElements("EncryptionType", blocked)) +
      optionalElement("BucketKeyEnabled", bucketKeyEnabled),
  );
}
