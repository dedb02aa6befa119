import { signPostPolicy } from "@stave/sigv4-verify";
import { md5, type S3Request } from "../support/s3-client.ts";
import type { Case } from "./case.ts";
import type { Target } from "./places.ts";

export type Texts = Readonly<Record<string, string>>;

type Parts = {
  readonly query?: Texts | ((at: Target) => Texts);
  readonly headers?: Texts | ((at: Target) => Texts);
  readonly body?: string | ((at: Target) => string);
  /** Instead of `a`, which is there. */
  readonly name?: string;
};

type MakeRequest = (at: Target) => S3Request;

export function onBucket(method: string, parts: Omit<Parts, "name"> = {}): MakeRequest {
  return (at) => ({ method, path: `/${at.bucket}`, ...read(parts, at) });
}

export function onObject(method: string, { name, ...parts }: Parts = {}): MakeRequest {
  return (at) => ({
    method,
    path: name === undefined ? at.path : `/${at.bucket}/${at.prefix}${name}`,
    ...read(parts, at),
  });
}

function read({ query = {}, headers = {}, body }: Parts, at: Target) {
  const text = body instanceof Function ? body(at) : body;
  // Some documents have to come with it, and no request is worse for it.
  const digest = text === undefined ? {} : { "content-md5": Buffer.from(md5(text), "hex").toString("base64") };
  return {
    query: query instanceof Function ? query(at) : query,
    headers: { ...digest, ...(headers instanceof Function ? headers(at) : headers) },
    ...(text !== undefined && { body: text }),
  };
}

type Send = NonNullable<Case["send"]>;

export function sendPresigned(method: "GET" | "PUT"): Send {
  return async (s3, { path }, account) =>
    account === null ? s3.call({ method, path, account }) : s3.send(await s3.presign({ method, path, account }));
}

/** Who does not sign cannot sign a payload either. */
export function sendPayload(payload: string): Send {
  return (s3, { path }, account) =>
    s3.call({ method: "PUT", path, body: "new", account, ...(account !== null && { payload }) });
}

/** A form has its signature among its fields. */
export function sendForm(more: Texts = {}): Send {
  return async (s3, { bucket, prefix }, account) => {
    const fields = { key: `${prefix}form`, ...more };
    const input = { bucket, fields, expiresAt: new Date(Date.now() + 60_000) };
    const signed = account === null ? fields : await signPostPolicy(input, { ...account, region: "us-east-1" });
    return s3.call({
      method: "POST",
      path: `/${bucket}`,
      account: null,
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body: `${encodeFields({ ...signed, file: "posted" })}--${boundary}--\r\n`,
    });
  };
}

const boundary = "----FormBoundaryIsolation";

function encodeFields(fields: Texts): string {
  const parts = Object.entries(fields).map(([name, value]) => {
    const fileName = name === "file" ? '; filename="f"' : "";
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${fileName}\r\n\r\n${value}\r\n`;
  });
  return parts.join("");
}
