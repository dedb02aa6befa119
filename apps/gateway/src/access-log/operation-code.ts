// Operation field of server access logs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
import type { RequestKind } from "../gateway/request-record.ts";
import { type Route, routes } from "../routing/routes.ts";

/** What the log calls a request: `REST.GET.OBJECT`. */
export function operationCode({
  operation,
  method,
  key,
}: {
  readonly operation: RequestKind;
  readonly method: string;
  readonly key: string;
}): string {
  if (operation === "Preflight") return "REST.OPTIONS.PREFLIGHT";
  if (operation === "Website") return `WEBSITE.${method}.OBJECT`;
  return codes.get(operation) ?? `REST.${method}.${key === "" ? "BUCKET" : "OBJECT"}`;
}

/** Names that are not the sub-resource in capitals. */
const resources: Readonly<Record<string, string>> = {
  delete: "MULTI_OBJECT_DELETE",
  "intelligent-tiering": "INTELLIGENT_TIERING",
  "legal-hold": "OBJECT_LOCK_LEGALHOLD",
  logging: "LOGGING_STATUS",
  "object-lock": "OBJECT_LOCK_CONFIGURATION",
  ownershipControls: "OWNERSHIP_CONTROLS",
  policy: "BUCKETPOLICY",
  policyStatus: "BUCKET_POLICY_STATUS",
  publicAccessBlock: "PUBLIC_ACCESS_BLOCK",
  requestPayment: "REQUEST_PAYMENT",
  retention: "OBJECT_LOCK_RETENTION",
  uploadId: "UPLOAD",
  partNumber: "PART",
  versions: "BUCKETVERSIONS",
};

const codes: ReadonlyMap<string, string> = new Map(routes.map((route) => [route.operation, codeOf(route)]));

function codeOf({ method, scope, subresource, header }: Route): string {
  const verb = header === "x-amz-copy-source" ? "COPY" : method;
  if (subresource === undefined || subresource === "list-type") return `REST.${verb}.${scope.toUpperCase()}`;
  if (subresource === "tagging" && scope === "object") return `REST.${verb}.OBJECT_TAGGING`;
  return `REST.${verb}.${resources[subresource] ?? subresource.toUpperCase()}`;
}
