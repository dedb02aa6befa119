import type { BucketQuota } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import type { AdminCall } from "./admin-call.ts";
import type { AdminRoute } from "./admin-listener.ts";
import type { CallQuota } from "./quota-messages.ts";

const quotaPath = /^\/admin\/buckets\/([a-z\d][a-z\d.-]{1,61}[a-z\d])\/quota$/;

/**
 * `GET /admin/buckets/NAME/quota`, and PUT with `{ maxSizeBytes?, maxVersions? }`, which are all limits from then on. Both answer the quota and
 * what the bucket holds, as JSON.
 */
export function createQuotaRoute(callQuota: CallQuota): AdminRoute {
  return {
    isAt: (path) => quotaPath.test(path),
    async answer({ method, path, body }, response) {
      const bucket = quotaPath.exec(path)?.[1] ?? "";
      const state = await callQuota({ bucket, ...readChange({ method, body }) });
      const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
      response.writeHead(200, headers).end(`${JSON.stringify(state)}\n`);
    },
  };
}

function readChange({ method, body }: Pick<AdminCall, "method" | "body">): { readonly quota?: BucketQuota } {
  if (method === "GET" || method === "HEAD") return {};
  if (method !== "PUT") {
    throw new S3Error("MethodNotAllowed", "Use GET or PUT.", { headers: { allow: "GET, HEAD, PUT" } });
  }
  return { quota: readQuota(body.toString("utf8")) };
}

function readQuota(text: string): BucketQuota {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid();
  const { maxSizeBytes, maxVersions, ...others } = value as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0) throw invalid();
  return {
    ...(maxSizeBytes !== undefined && { maxSizeBytes: readLimit(maxSizeBytes) }),
    ...(maxVersions !== undefined && { maxVersions: readLimit(maxVersions) }),
  };
}

function readLimit(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid();
}

function invalid(): S3Error {
  return new S3Error("InvalidArgument", "Expected JSON like { maxSizeBytes: 1073741824, maxVersions: 1000 }.");
}
