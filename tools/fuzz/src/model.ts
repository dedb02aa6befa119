import type { StreamingMode } from "./chunked-body.ts";

export const host = "s3.fuzz.example";
export const domain = "s3.fuzz.example";
export const websiteDomain = "web.fuzz.example";

/** Whose content nothing may change or tell. */
export const protectedBucket = "protected";
export const objectBucket = "fuzz";
export const configurationBucket = "fuzz-conf";
export const lockBucket = "fuzz-lock";
/** May be read by everybody. */
export const openBucket = "fuzz-open";

/** A request of one operation, before it is signed. */
export type Model = {
  /** By its AWS name; of what the S3 API has no name for, a word of ours. */
  readonly operation: string;
  readonly method: string;
  /** Escaped as it is sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly payload: "hashed" | "UNSIGNED-PAYLOAD" | StreamingMode;
  readonly auth: "header" | "query" | "form" | "none";
  readonly bodyKind: "none" | "bytes" | "xml" | "json" | "form";
};

/** What requests refer to that the gateway named. */
export type Names = {
  readonly uploadId: string;
  readonly uploadIdToComplete: string;
  readonly uploadIdToAbort: string;
  readonly partEtag: string;
  readonly versionId: string;
};

const base = { headers: {}, body: Buffer.alloc(0), payload: "hashed", auth: "header", bodyKind: "none" } as const;

/** `request` is method and target. */
export function model(operation: string, request: string, more: Partial<Model> = {}): Model {
  const [method = "", target = ""] = request.split(" ");
  return { ...base, operation, method, target, ...more };
}

export function document(text: string): Pick<Model, "body" | "bodyKind"> {
  return { body: Buffer.from(text), bodyKind: text.startsWith("{") ? "json" : "xml" };
}
