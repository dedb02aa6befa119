import type { OperationRequest } from "./operation.ts";

/** Where this client finds the object. */
export function objectUrl({ bucketUrl, key }: OperationRequest): string {
  return `${bucketUrl}/${key.split("/").map(encodeURIComponent).join("/")}`;
}
