// src/s3/read-xml.ts
import { XMLParser } from "fast-xml-parser";
import { amazonUrl, findEndpoint, isAmazon, knownContexts } from "./chunk-AR36GZH3.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import { networkError } from "./chunk-HSRHTTG5.js";
import { version } from "./chunk-V6QAZNIZ.js";
import { parseS3Target, parseTarget } from "./chunk-VXJ5RBDU.js";
import { printable } from "./chunk-XTRZEKZ5.js";

var textKey = "#text";
var maxDepth = 16;
var parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  textNodeName: textKey,
  jPath: false,
});
function readXml(text) {
  if (text.includes("<!DOCTYPE")) return void 0;
  try {
    const nodes = parser.parse(text);
    const node = nodes.find((one) => Object.keys(one)[0] !== textKey);
    return node === void 0 ? void 0 : toElement(node, 0);
  } catch {
    return void 0;
  }
}
function textOf(element, name) {
  return element.children.find((child) => child.name === name)?.text;
}
function childrenOf(element, name) {
  return element.children.filter((child) => child.name === name);
}
function toElement(node, depth) {
  if (depth > maxDepth) throw new TypeError(`Expected elements to nest at most ${maxDepth} deep`);
  const qualified = Object.keys(node)[0] ?? "";
  const content = node[qualified];
  const children = [];
  let text = "";
  for (const child of Array.isArray(content) ? content : []) {
    const value = child[textKey];
    if (typeof value === "string") text += decode(value);
    else children.push(toElement(child, depth + 1));
  }
  return { name: qualified.slice(qualified.indexOf(":") + 1), text, children };
}
var named = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
function decode(text) {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g, (all, name, decimal, hex) => {
    if (name !== void 0) return named[name] ?? all;
    const code = decimal === void 0 ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 1114111 ? String.fromCodePoint(code) : all;
  });
}

// src/s3/s3-error.ts
var byStatus = {
  301: "PermanentRedirect",
  307: "TemporaryRedirect",
  400: "BadRequest",
  401: "Unauthorized",
  403: "AccessDenied",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  412: "PreconditionFailed",
  416: "InvalidRange",
  429: "TooManyRequests",
  501: "NotImplemented",
  503: "ServiceUnavailable",
};
function readFailure({ status, headers, text }) {
  const root = text === "" ? void 0 : readXml(text);
  const error = root === void 0 ? void 0 : root.name === "Error" ? root : findError(root);
  return {
    status,
    code: (error && textOf(error, "Code")) ?? byStatus[status] ?? String(status),
    message: (error && textOf(error, "Message")) ?? "",
    region: headers["x-amz-bucket-region"] ?? (error && textOf(error, "Region")),
    requestId: headers["x-amz-request-id"] ?? (error && textOf(error, "RequestId")),
  };
}
function findError(root) {
  return root.children.find(({ name }) => name === "Error");
}
var codes = {
  InvalidAccessKeyId: "Unauthenticated",
  SignatureDoesNotMatch: "Unauthenticated",
  ExpiredToken: "Unauthenticated",
  InvalidToken: "Unauthenticated",
  TokenRefreshRequired: "Unauthenticated",
  AuthorizationHeaderMalformed: "Unauthenticated",
  RequestTimeTooSkewed: "Unauthenticated",
  NotImplemented: "NotSupported",
  MethodNotAllowed: "NotSupported",
  InvalidArgument: "Usage",
  InvalidBucketName: "Usage",
  InvalidRequest: "Usage",
  InvalidTag: "Usage",
  InvalidURI: "Usage",
  KeyTooLongError: "Usage",
  MalformedXML: "Usage",
  MalformedPolicy: "Usage",
  MetadataTooLarge: "Usage",
  TooManyRequests: "Network",
  SlowDown: "Network",
};
function s3Error(failure, { what, from }) {
  const { status, code, message, requestId } = failure;
  return new CliError(codes[code] ?? codeOf(status), `${what}: ${message || wordsFor(status)}`, {
    why: code === "NoSuchBucket" || code === "InvalidAccessKeyId" ? `It was asked of ${from}.` : void 0,
    next: nextOf(failure),
    requestId,
    serverCode: code,
  });
}
function codeOf(status) {
  if (status === 401) return "Unauthenticated";
  if (status === 403) return "Forbidden";
  if (status === 404) return "NotFound";
  if (status === 409 || status === 412) return "Conflict";
  if (status === 405 || status === 501) return "NotSupported";
  return status === 429 || status === 502 || status === 503 || status === 504 ? "Network" : "Failed";
}
function wordsFor(status) {
  if (status === 404) return "There is no such thing.";
  if (status === 403) return "Not permitted.";
  if (status === 412) return "It is not as it was expected to be.";
  return `The server answered ${status}.`;
}
function nextOf({ status, code, requestId }) {
  if (code === "RequestTimeTooSkewed") return ["set the clock of this machine", "stave doctor"];
  if (code === "NoSuchBucket") return ["stave ls"];
  if (status !== 403) return [];
  return requestId === void 0 ? ["stave doctor"] : [`stave why ${requestId}`];
}

// src/s3/operations/read-answer.ts
function readAnswer(answer, root, what) {
  const element = readXml(answer.text);
  if (element?.name === root) return element;
  if (element?.name === "Error") throw s3Error(readFailure(answer), { what, from: "the server" });
  throw new CliError("Failed", `${what}: the answer is not one of S3.`, {
    why: `Expected the document ${root}, got ${element?.name ?? "something else"}. Something in between may have answered.`,
  });
}
function numberOf(element, name) {
  const text = textOf(element, name) ?? "";
  return /^\d{1,16}$/.test(text) ? Number(text) : 0;
}
function dateOf(element, name) {
  const date = new Date(textOf(element, name) ?? "");
  return Number.isNaN(date.getTime()) ? /* @__PURE__ */ new Date(0) : date;
}
function unquoted(etag) {
  return etag?.replaceAll('"', "") ?? "";
}
function unescapeListed(text, encodingType) {
  if (encodingType !== "url") return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
function nextPage(element, current, name, what) {
  if (textOf(element, "IsTruncated") !== "true") return void 0;
  const next = textOf(element, name);
  if (next === void 0 || next === "" || next === current) {
    throw new CliError("Failed", `${what}: the list is cut off.`, { why: "The server does not say where it goes on." });
  }
  return next;
}

// src/s3/operations/object-head.ts
var storedHeaders = ["cache-control", "content-disposition", "content-encoding", "content-language", "expires"];
function readObjectHead(headers) {
  const present = Object.entries(headers).filter((entry) => entry[1] !== void 0);
  const after = (prefix) =>
    Object.fromEntries(
      present.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
    );
  const { type: checksumType, ...checksums } = after("x-amz-checksum-");
  const total = /\/(\d{1,16})$/.exec(headers["content-range"] ?? "")?.[1];
  const modified = new Date(headers["last-modified"] ?? "");
  return {
    sizeBytes: Number(total ?? headers["content-length"] ?? 0),
    etag: unquoted(headers.etag),
    lastModified: Number.isNaN(modified.getTime()) ? void 0 : modified,
    versionId: headers["x-amz-version-id"],
    contentType: headers["content-type"],
    storageClass: headers["x-amz-storage-class"],
    stored: Object.fromEntries(present.filter(([name]) => storedHeaders.includes(name))),
    metadata: after("x-amz-meta-"),
    checksums,
    checksumType,
    encryption:
      headers["x-amz-server-side-encryption"] ??
      (headers["x-amz-server-side-encryption-customer-algorithm"] && "customer"),
    headers,
  };
}

// src/s3/operations/head-object.ts
async function headObject(client, { bucket, key, versionId, partNumber }) {
  const { headers } = await client.send({
    method: "HEAD",
    bucket,
    key,
    query: { versionId, partNumber: partNumber === void 0 ? void 0 : String(partNumber) },
    headers: { "x-amz-checksum-mode": "ENABLED" },
  });
  return readObjectHead(headers);
}

// src/s3/s3-client.ts
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { presignUrl, signRequest } from "@stave/sigv4-verify";
import { Agent } from "undici";

// src/s3/retry.ts
var tries = 5;
var firstMs = 200;
var slowestMs = 5e3;
function retryDelayMs(tried) {
  return Math.min(slowestMs, firstMs * 2 ** (tried - 1)) * (0.5 + Math.random() / 2);
}
var busy = /* @__PURE__ */ new Set([
  "SlowDown",
  "RequestTimeout",
  "InternalError",
  "ServiceUnavailable",
  "TooManyRequests",
]);
function isRetriableFailure({ status, code }) {
  return busy.has(code) || [429, 500, 502, 503, 504].includes(status);
}
var cutOff = /* @__PURE__ */ new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);
function isRetriableNetworkError(error, { hasAnswered }) {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") return hasAnswered;
  if (cutOff.has(code) || /other side closed|terminated/.test(error.message)) return true;
  if (error instanceof AggregateError && error.errors.some((one) => isRetriableNetworkError(one, { hasAnswered }))) {
    return true;
  }
  return isRetriableNetworkError(error.cause, { hasAnswered });
}

// src/s3/s3-url.ts
function s3Url({ url, addressing }, { bucket, key, query = {} }) {
  const [, scheme = "", host = "", prefix = ""] = /^(https?:\/\/)([^/]+)(.*)$/.exec(url) ?? [];
  const isVirtual = addressing === "virtual" && bucket !== void 0 && isHostName(bucket);
  const start = isVirtual ? `${scheme}${bucket}.${host}${prefix}` : `${scheme}${host}${prefix}`;
  const path = [
    ...(bucket === void 0 || isVirtual ? [] : [escapePart(bucket)]),
    ...(key === void 0 ? [] : [escapeKey(key)]),
  ];
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === void 0 ? [] : [`${escapePart(name)}=${escapePart(value)}`],
  );
  return `${start}/${path.join("/")}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}
function copySource({ bucket, key, versionId }) {
  const version2 = versionId === void 0 ? "" : `?versionId=${escapePart(versionId)}`;
  return `/${escapePart(bucket)}/${escapeKey(key)}${version2}`;
}
function isHostName(bucket) {
  return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket);
}
function escapeKey(key) {
  return key.split("/").map(escapePart).join("/");
}
function escapePart(text) {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

// src/s3/s3-client.ts
var maxAnswerBytes = 16 * 1024 ** 2;
var connectMs = 1e4;
var answerMs = 3e5;
var bodyMs = 6e4;
function createS3Client(endpoint, options) {
  const { userAgent: userAgent2, output, signal, maxConnections = 64, now } = options;
  const agent = new Agent({
    connections: maxConnections,
    connect: { timeout: connectMs },
    headersTimeout: answerMs,
    bodyTimeout: bodyMs,
  });
  const regions = /* @__PURE__ */ new Map();
  let hasAnswered = false;
  const elsewhere = (bucket) => {
    const region = bucket === void 0 ? void 0 : regions.get(bucket);
    if (region === void 0) return endpoint;
    return { ...endpoint, region, url: isAmazon(endpoint) ? amazonUrl(region) : endpoint.url };
  };
  const dispatch = async (request) => {
    const target = elsewhere(request.bucket);
    const { method = "GET", body } = request;
    const { origin, path, headers } = await signed(target, request, { userAgent: userAgent2, now });
    output.debug(`${method} ${printable(`${origin}${path}`)}`);
    const response = await agent.request({
      origin,
      path,
      method,
      headers,
      body: body ?? null,
      signal: request.signal ?? signal,
    });
    hasAnswered = true;
    const answer = { status: response.statusCode, headers: readHeaders(response.headers), body: response.body };
    output.debug(`${answer.status} ${printable(answer.headers["x-amz-request-id"] ?? "")}`);
    return answer;
  };
  const askWithBody = async ({ bucket, signal: stop }) => {
    const answer = await dispatch({ bucket, query: { location: "" }, signal: stop });
    const text = await readText(answer.body);
    return answer.status < 300 ? void 0 : readFailure({ ...answer, text });
  };
  const attempt = async (request, read2) => {
    const isRepeatable = request.isRepeatable ?? request.method !== "POST";
    const stop = request.signal ?? signal;
    let isRedirected = false;
    for (let tried = 1; ; tried += 1) {
      let failure;
      let cause;
      try {
        const answer = await dispatch(request);
        if (answer.status < 300) return await read2(answer);
        failure = readFailure({ ...answer, text: await readText(answer.body) });
        if (request.method === "HEAD" && failure.status === 400) failure = (await askWithBody(request)) ?? failure;
      } catch (error) {
        if (error instanceof CliError || error instanceof TypeError) throw error;
        cause = error;
      }
      if (failure !== void 0 && !isRedirected && followsRegion(failure, request, endpoint, regions)) {
        isRedirected = true;
        continue;
      }
      const canRepeat =
        failure === void 0
          ? isRepeatable && isRetriableNetworkError(cause, { hasAnswered })
          : isRetriableFailure(failure) && (isRepeatable || failure.status === 503);
      if (!canRepeat || tried >= tries || stop.aborted) {
        if (failure === void 0) throw networkError(cause, { url: endpoint.url, signal: stop });
        throw s3Error(failure, { what: nameOf(request), from: `${endpoint.url}, ${endpoint.from}` });
      }
      output.debug(`again after ${failure?.code ?? String(cause)}`);
      await sleep(retryDelayMs(tried), void 0, { signal: stop }).catch(() => {});
    }
  };
  return {
    endpoint,
    send: (request) =>
      attempt(request, async ({ status, headers, body }) => ({ status, headers, text: await readText(body) })),
    open: (request) => attempt(request, async (answer) => answer),
    async presign({ method = "GET", headers = {}, ...address }, { expiresInSeconds }) {
      const target = elsewhere(address.bucket);
      if (target.credentials === void 0) {
        throw new CliError("Usage", "A URL cannot be signed without credentials.", {
          why: `They are of ${target.from}.`,
        });
      }
      const { region } = target;
      const url = s3Url(target, address);
      const credentials = definedCredentials(await target.credentials());
      const given = { method, url, headers: toBytes(headers) };
      return await presignUrl(given, { ...credentials, region, expiresInSeconds, ...(now && { now }) });
    },
    close: () => agent.destroy(),
  };
}
function nameOf({ bucket, key }) {
  if (bucket === void 0) return "the list of buckets";
  return key === void 0 ? `s3://${bucket}` : `s3://${bucket}/${key}`;
}
async function signed(target, request, { userAgent: userAgent2, now }) {
  const { method = "GET", body = "" } = request;
  const url = s3Url(target, request);
  const origin = url.slice(0, url.indexOf("/", "https://".length));
  const given = toBytes(request.headers ?? {});
  const unsigned = { "user-agent": userAgent2 };
  if (target.credentials === void 0)
    return { origin, path: url.slice(origin.length), headers: { ...given, ...unsigned } };
  const credentials = definedCredentials(await target.credentials());
  const payloadHash = request.payloadHash ?? createHash("sha256").update(body).digest("hex");
  const { headers, target: path } = await signRequest(
    { method, url, headers: given },
    { ...credentials, region: target.region, payloadHash, ...(now && { now }) },
  );
  return { origin, path, headers: { ...headers, ...unsigned } };
}
function definedCredentials({ accessKeyId, secretAccessKey, sessionToken }) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== void 0 && { sessionToken }) };
}
function followsRegion({ status, code, region }, { bucket }, endpoint, regions) {
  const isElsewhere = status === 301 || status === 307 || code === "AuthorizationHeaderMalformed" || status === 400;
  if (!isElsewhere || region === void 0 || bucket === void 0) return false;
  if (!/^[a-z0-9-]{1,64}$/.test(region) || region === (regions.get(bucket) ?? endpoint.region)) return false;
  regions.set(bucket, region);
  return true;
}
function toBytes(headers) {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === void 0 ? [] : [[name.toLowerCase(), Buffer.from(value).toString("latin1")]],
    ),
  );
}
function readHeaders(headers) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(", ") : value;
      return [name.toLowerCase(), text === void 0 ? void 0 : fromBytes(text)];
    }),
  );
}
function fromBytes(text) {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text;
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return decoded.includes("\uFFFD") ? text : decoded;
}
async function readText(body) {
  const chunks = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxAnswerBytes)
      throw new CliError("Failed", "The server answers with more than an answer of S3 can be.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

// src/s3/open-s3.ts
var userAgent = `stave/${version}`;
async function withS3(invocation, work) {
  const contexts = await knownContexts(invocation);
  const clients = /* @__PURE__ */ new Map();
  const { output, signal } = invocation;
  const apis = [];
  const apiOf = async ({ url, token }) => {
    const { createApiClient } = await import("./api-client-AYXXF7OW.js");
    const api = createApiClient({ url, token, userAgent, output, signal });
    apis.push(api);
    return api;
  };
  const open = async (context) => {
    const endpoint = await findEndpoint({ ...invocation, apiOf }, invocation.options, context);
    output.debug(`S3 at ${endpoint.url}, region ${endpoint.region}: ${endpoint.from}`);
    return createS3Client(endpoint, { userAgent, output, signal });
  };
  try {
    return await work({
      target: (text) => parseTarget(text, { contexts }),
      s3Target: (text) => parseS3Target(text, { contexts }),
      clientOf({ context }) {
        const known = clients.get(context ?? "");
        if (known !== void 0) return known;
        const client = open(context);
        clients.set(context ?? "", client);
        return client;
      },
    });
  } finally {
    const opened = await Promise.allSettled(clients.values());
    await Promise.all(apis.map((api) => api.close()));
    await Promise.all(opened.map((one) => (one.status === "fulfilled" ? one.value.close() : void 0)));
  }
}

// src/s3/operations/get-object.ts
async function getObject(client, { bucket, key, versionId, range, ifMatch, signal }) {
  const { headers, body } = await client.open({
    bucket,
    key,
    query: { versionId },
    headers: {
      range: range === void 0 ? void 0 : `bytes=${range[0]}-${range[1]}`,
      "if-match": ifMatch === void 0 ? void 0 : `"${ifMatch}"`,
      "x-amz-checksum-mode": range === void 0 ? "ENABLED" : void 0,
    },
    signal,
  });
  return { head: readObjectHead(headers), body };
}

// src/transfer/verify-file.ts
import { createReadStream } from "node:fs";
import { createChecksum, createMd5, multipartEtag } from "@stave/s3-checksum";

var readBytes = 1024 ** 2;
var algorithms = {
  crc64nvme: "CRC64NVME",
  crc32c: "CRC32C",
  crc32: "CRC32",
  sha256: "SHA256",
  sha1: "SHA1",
};
function wholeChecksum({ checksums, checksumType }) {
  if (checksumType === "COMPOSITE") return void 0;
  for (const name of Object.keys(algorithms)) {
    const value = checksums[name];
    if (value !== void 0 && !value.includes("-")) return { name, value };
  }
  return void 0;
}
async function isFileOf(path, head, { client, bucket, key }, signal) {
  const whole = wholeChecksum(head);
  if (whole !== void 0) return (await fileChecksum(path, whole.name, signal)) === whole.value;
  if (isMd5(head.etag)) return (await fileMd5(path, signal)) === head.etag ? true : head.encryption ? void 0 : false;
  const parts = /^[\da-f]{32}-(\d{1,5})$/.exec(head.etag)?.[1];
  if (parts === void 0) return void 0;
  const first = await headObject(client, { bucket, key, partNumber: 1 }).catch(() => void 0);
  const partSizeBytes = Number(first?.headers["content-length"] ?? 0);
  if (partSizeBytes < 1 || Math.ceil(head.sizeBytes / partSizeBytes) !== Number(parts)) return void 0;
  return (await fileMultipartEtag(path, partSizeBytes, signal)) === head.etag ? true : void 0;
}
function isMd5(etag) {
  return /^[\da-f]{32}$/.test(etag);
}
async function fileMd5(path, signal) {
  const md5 = createMd5();
  for await (const chunk of read(path, signal)) md5.update(chunk);
  return md5.digest().hex;
}
async function fileChecksum(path, name, signal) {
  const checksum = createChecksum(algorithms[name]);
  for await (const chunk of read(path, signal)) checksum.update(chunk);
  return checksum.digest();
}
async function fileMultipartEtag(path, partSizeBytes, signal) {
  const etags = [];
  let md5 = createMd5();
  let filled = 0;
  for await (const chunk of read(path, signal)) {
    let rest = chunk;
    while (rest.length > 0) {
      const piece = rest.subarray(0, partSizeBytes - filled);
      md5.update(piece);
      filled += piece.length;
      rest = rest.subarray(piece.length);
      if (filled === partSizeBytes) {
        etags.push(md5.digest().hex);
        md5 = createMd5();
        filled = 0;
      }
    }
  }
  if (filled > 0) etags.push(md5.digest().hex);
  return multipartEtag(etags);
}
function read(path, signal) {
  return createReadStream(path, { highWaterMark: readBytes, signal });
}

export {
  algorithms,
  childrenOf,
  copySource,
  dateOf,
  fileChecksum,
  fileMd5,
  getObject,
  headObject,
  isFileOf,
  isMd5,
  nameOf,
  nextPage,
  numberOf,
  readAnswer,
  textOf,
  unescapeListed,
  unquoted,
  wholeChecksum,
  withS3,
};
//# sourceMappingURL=chunk-2XHM337O.js.map
