import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createSigningKeyCache, signRequest, verifyRequest } from "@stave/sigv4-verify";
import { S3Error } from "../errors/s3-error.ts";
import type { AdminAccess } from "./admin-file.ts";

/** What a signature with the token of admin.json covers, besides the host and the time: all that a call says. */
export type AdminCall = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
};

/** Reads a call and proves it. Throws `AccessDenied` and what `verifyRequest` throws for one that is not signed as it must be. */
export type OpenAdminCall = (request: IncomingMessage) => Promise<AdminCall>;

export type AdminGateOptions = {
  readonly token: string;
  readonly region: string;
  readonly now: () => Date;
};

/** Signatures for S3 are none here, and the other way round. */
const service = "stave-admin";
const accessKeyId = "admin";
const maxBodyBytes = 1024 * 1024;

/**
 * The one way to what the admin listener shows of stored data, as its port is open to every user of the machine. Calls are signed
 * with Signature Version 4, so that one that was overheard is good for nothing but the same once more within 15 minutes.
 */
export function createAdminGate({ token, region, now }: AdminGateOptions): OpenAdminCall {
  const signingKeys = createSigningKeyCache();
  const key = { secretAccessKey: token, identity: accessKeyId };
  const findKey = (id: string) => (id === accessKeyId ? key : undefined);
  return async (request) => {
    const { method = "", url: target = "", rawHeaders, headers } = request;
    if (headers.authorization === undefined) throw notSigned(); // before its body is waited for
    const body = await readBody(request);
    const incoming = { method, target, rawHeaders, bodySha256: hash("sha256", body) };
    const verified = await verifyRequest(incoming, { region, service, now, signingKeys, findKey });
    if (verified.kind !== "header") throw notSigned();
    const mark = target.indexOf("?");
    const path = mark === -1 ? target : target.slice(0, mark);
    return { method, path, query: new URLSearchParams(target.slice(path.length)), headers, body };
  };
}

function notSigned(): S3Error {
  return new S3Error("AccessDenied", "Sign the call with the token of admin.json in the data directory.");
}

export type OutgoingAdminCall = {
  readonly method?: string;
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
};

/** For commands: calls the server that has written admin.json. Rejects when nobody answers there. */
export async function callAdmin({ url, token, region }: AdminAccess, call: OutgoingAdminCall): Promise<Response> {
  const { method = "GET", path, query = new URLSearchParams(), headers = {}, body } = call;
  const address = query.size === 0 ? `${url}${path}` : `${url}${path}?${query}`;
  const payloadHash = hash("sha256", body ?? "");
  const signing = { accessKeyId, secretAccessKey: token, region, service, payloadHash };
  const { host: _, ...signed } = (await signRequest({ method, url: address, headers }, signing)).headers;
  return fetch(address, { method, headers: signed, redirect: "error", ...(body !== undefined && { body }) });
}

/** Before the signature is looked at: most clients do not send the hash that they have signed. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes)
      throw new S3Error("MaxMessageLengthExceeded", `A call may have ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
