import { presignUrl, signPostPolicy, signRequest } from "@stave/sigv4-verify";
import { encodeChunks, type StreamingMode } from "./chunked-body.ts";
import type { Identity } from "./identities.ts";
import { host, type Model } from "./model.ts";
import { region, sha256, signHead } from "./sigv4.ts";
import { type Header, headerOf, type WireRequest, withHeader } from "./wire-request.ts";

/** A request that was good when it was signed. */
export type Recording = {
  readonly model: Model;
  readonly identity: Identity;
  readonly request: WireRequest;
};

export const boundary = "boundaryOfTheFuzzer";

/** Signs with the signer of the product, as a client that uses it would. */
export async function record(model: Model, identity: Identity, at: Date): Promise<Recording> {
  const { method, target, headers: ours, body } = model;
  const { host: site = host, ...headers } = ours;
  const { accessKeyId, secretAccessKey } = identity;
  const options = { accessKeyId, secretAccessKey, region, now: () => at };
  const outgoing = { method, url: `http://${site}${target}`, headers: { ...headers, ...streamHeaders(model) } };
  const finish = (request: Omit<WireRequest, "headers">, signed: Readonly<Record<string, string>>): Recording => {
    const list: Header[] = Object.entries({ host: site, ...signed });
    return { model, identity, request: withLength({ ...request, headers: list }) };
  };

  if (model.auth === "none") return finish({ method, target, body }, headers);
  if (model.auth === "query") {
    const url = await presignUrl(outgoing, options);
    return finish({ method, target: url.slice(`http://${site}`.length), body }, headers);
  }
  if (model.auth === "form") {
    const form = await createForm(model, options);
    return finish({ method, target, body: form }, { ...headers, "content-type": formType });
  }
  const payloadHash = model.payload === "hashed" ? sha256(body) : model.payload;
  const signed = await signRequest(outgoing, { ...options, payloadHash });
  const { authorization = "", "x-amz-date": timestamp = "" } = signed.headers;
  const signing = { signature: authorization.slice(-64), timestamp, secret: secretAccessKey };
  const sent = isStreaming(model.payload) ? encodeChunks(body, model.payload, signing) : body;
  return finish({ method, target: signed.target, body: sent }, signed.headers);
}

/** Signs what has been made of a model: a valid signature over hostile content. Forms and presigned URLs stay as they were. */
export function signAgain(
  request: WireRequest,
  { payload, identity, at }: Pick<Model, "payload"> & { readonly identity: Identity; readonly at: Date },
): WireRequest {
  const hashed = payload === "hashed" ? sha256(request.body) : payload;
  const withStream = Object.entries(streamHeaders({ payload, body: request.body })).reduce(
    (last, [name, value]) => (headerOf(last, name) === undefined ? withHeader(last, name, value) : last),
    request,
  );
  const signed = signHead(withStream, { identity, payloadHash: hashed, at });
  if (!isStreaming(payload)) return withLength(signed.request);
  const signing = { ...signed, secret: identity.secretAccessKey };
  return withLength({ ...signed.request, body: encodeChunks(request.body, payload, signing) });
}

/** The model as a request without a signature. */
export function unsigned({ method, target, headers, body }: Model): WireRequest {
  return { method, target, headers: Object.entries({ host, ...headers }), body };
}

export function withLength(request: WireRequest): WireRequest {
  const isSaid = request.headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  if (isSaid || (request.body.length === 0 && /^(GET|HEAD|DELETE|OPTIONS)$/.test(request.method))) return request;
  return withHeader(request, "content-length", String(request.body.length));
}

export function isStreaming(payload: Model["payload"]): payload is StreamingMode {
  return payload.startsWith("STREAMING-");
}

const formType = `multipart/form-data; boundary=${boundary}`;

function streamHeaders({ payload, body }: Pick<Model, "payload" | "body">): Readonly<Record<string, string>> {
  if (!isStreaming(payload)) return {};
  return { "content-encoding": "aws-chunked", "x-amz-decoded-content-length": String(body.length) };
}

async function createForm(
  { body, target }: Model,
  options: Omit<Identity, "name"> & { readonly region: string; readonly now: () => Date },
): Promise<Buffer> {
  const fields = await signPostPolicy(
    {
      bucket: target.split("/")[1] ?? "",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: S3 puts the name of the file there
      fields: { key: "form/${filename}", "content-type": "text/plain", success_action_status: "201" },
      conditions: [["content-length-range", 0, 1000]],
      expiresAt: new Date(options.now().getTime() + 3_600_000),
    },
    options,
  );
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n`;
  return Buffer.concat([Buffer.from(parts.join("") + file), body, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}
