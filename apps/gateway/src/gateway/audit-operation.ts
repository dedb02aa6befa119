import type { AuditEntry } from "@stave/control-database";
import { type OperationName, routes } from "../routing/routes.ts";
import type { RequestProgress } from "./handling.ts";
import type { RequestKind } from "./request-record.ts";

/** Resolves when the entry is on record, or whoever runs the server was told that it is not. Must not throw. */
export type RecordOperation = (entry: AuditEntry) => Promise<void>;

/** What makes, changes or removes a bucket: its existence and each of its configurations. Not what is done to objects. */
export const auditedOperations: ReadonlySet<RequestKind> = new Set<OperationName>(
  routes
    .filter(({ scope, method }) => scope === "bucket" && (method === "PUT" || method === "DELETE"))
    .map(({ operation }) => operation),
);

/** Puts an operation on record that has been done: by whom, with which key, from where. */
export async function auditOperation(
  { operation, identity, address }: RequestProgress,
  request: { readonly requestId: string; readonly remoteAddress: string | undefined },
  record: RecordOperation,
): Promise<void> {
  await record({
    actor: identity?.account.id ?? "anonymous",
    action: `s3:${operation}`,
    subject: address?.bucket ?? "",
    details: {
      accessKeyId: identity?.accessKeyId,
      requestId: request.requestId,
      sourceAddress: request.remoteAddress,
    },
  });
}
