// src/api/api-client.ts
import { Agent, request } from "undici";
import { CliError } from "./chunk-B3FYOJ65.js";
import { networkError } from "./chunk-HSRHTTG5.js";

// src/api/problem-error.ts
var maxProblemBytes = 1024 ** 2;
async function problemError({ statusCode, headers, body }, { hasToken, url }) {
  const isProblem = String(headers["content-type"] ?? "").startsWith("application/problem+json");
  const text = await readAtMost(body, maxProblemBytes);
  const problem = isProblem ? parse(text) : void 0;
  if (problem === void 0) {
    return new CliError("Network", `${url} answered ${statusCode}, but not as Stave does.`, {
      why:
        statusCode < 400
          ? "It sends somewhere else."
          : "Something else listens there, or a proxy in between has answered.",
      next: ["stave status"],
    });
  }
  const { title, detail, errors = [], nextActions, requestId, code } = problem;
  const fields = errors.map(({ pointer, message }) => `${pointer.replace(/^\//, "").replaceAll("/", ".")}: ${message}`);
  return new CliError(codeOf(statusCode), detail ?? title, {
    why: fields.length > 0 ? fields.join("; ") : detail === void 0 ? void 0 : title,
    next: nextActions ?? nextOf(statusCode, hasToken),
    requestId,
    serverCode: code,
    problem,
  });
}
function codeOf(status) {
  if (status === 401) return "Unauthenticated";
  if (status === 403) return "Forbidden";
  if (status === 404) return "NotFound";
  if (status === 409 || status === 412) return "Conflict";
  if (status === 501) return "NotSupported";
  if (status === 502 || status === 503 || status === 504 || status === 429) return "Network";
  return status === 400 || status === 422 ? "Usage" : "Failed";
}
function nextOf(status, hasToken) {
  if (status !== 401) return [];
  return hasToken ? ["stave login: the token is wrong, or has expired"] : ["stave login"];
}
function parse(text) {
  try {
    const value = JSON.parse(text);
    const isDocument = typeof value === "object" && value !== null && "code" in value && "title" in value;
    return isDocument ? value : void 0;
  } catch {
    return void 0;
  }
}
async function readAtMost(body, maxBytes) {
  const chunks = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

// src/api/api-client.ts
var connectMs = 1e4;
var answerMs = 6e4;
function createApiClient({ url, token, userAgent, output, signal }) {
  const agent = new Agent({ connect: { timeout: connectMs }, headersTimeout: answerMs, bodyTimeout: answerMs });
  const send = async (route, input = {}) => {
    const [method = "", path = ""] = route.split(" ");
    const target = `${url}${fillPath(path, input.params)}${writeQuery(input.query)}`;
    const headers = {
      accept: "application/json",
      "user-agent": userAgent,
      ...(token !== void 0 && { authorization: `Bearer ${token}` }),
      ...(input.body !== void 0 && { "content-type": "application/json" }),
      ...input.headers,
    };
    output.debug(`${method.toUpperCase()} ${target}`);
    let response;
    try {
      response = await request(target, {
        method: method.toUpperCase(),
        dispatcher: agent,
        headers,
        body: input.bytes ?? (input.body === void 0 ? null : JSON.stringify(input.body)),
        signal: input.signal === void 0 ? signal : AbortSignal.any([signal, input.signal]),
      });
    } catch (error) {
      throw networkError(error, { url, signal });
    }
    const { statusCode: status } = response;
    output.debug(`${status} ${String(response.headers["x-request-id"] ?? "")}`);
    if (status >= 300) throw await problemError(response, { hasToken: token !== void 0, url });
    const type = String(response.headers["content-type"] ?? "");
    const body =
      status === 204 ? void 0 : type.startsWith("application/json") ? await response.body.json() : response.body;
    return { status, headers: flatten(response.headers), body };
  };
  return { url, call: send, close: () => agent.close() };
}
function fillPath(path, params = {}) {
  return path.replaceAll(/\{(\w+)\+?\}/g, (_, name) =>
    // Dots alone would be taken for "this folder" on the way.
    encodeURIComponent(String(params[name])).replace(/^\.{1,2}$/, (dots) => dots.replaceAll(".", "%2E")),
  );
}
function writeQuery(query = {}) {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== void 0)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
function flatten(headers) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}

export { createApiClient };
//# sourceMappingURL=chunk-UGWKYKEV.js.map
