import type { CallAnswer, CallInput, RouteMap } from "@stave/api-contract";
import { callPath } from "@stave/api-contract/call-path";
import { Agent, type Dispatcher, request } from "undici";
import type { Output } from "../output/output.ts";
import { networkError } from "./network-error.ts";
import { problemError } from "./problem-error.ts";

/** What a route takes, and what every call may. */
export type ApiCallInput<Route> = CallInput<Route> & {
  readonly headers?: Readonly<Record<string, string>>;
  /** The bytes of a route that takes some. */
  readonly bytes?: Dispatcher.DispatchOptions["body"];
  /** The bytes of the answer as they are, also when they are JSON: an object may be. */
  readonly isRaw?: boolean;
  readonly signal?: AbortSignal;
};

/** Calls of the API, typed by its contract. Everything but a 2xx throws a `CliError`. */
export type ApiClient = {
  readonly url: string;
  call<const Name extends keyof RouteMap>(
    route: Name,
    ...[input]: Record<string, never> extends ApiCallInput<RouteMap[Name]>
      ? [input?: ApiCallInput<RouteMap[Name]>]
      : [input: ApiCallInput<RouteMap[Name]>]
  ): Promise<CallAnswer<RouteMap[Name], Dispatcher.ResponseData["body"]>>;
  close(): Promise<void>;
};

export type ApiClientOptions = {
  readonly url: string;
  readonly token: string | undefined;
  readonly userAgent: string;
  readonly output: Pick<Output, "debug">;
  readonly signal: AbortSignal;
};

const connectMs = 10_000;
const answerMs = 60_000;

type AnyInput = {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes?: Dispatcher.DispatchOptions["body"];
  readonly isRaw?: boolean;
  readonly signal?: AbortSignal;
};

export function createApiClient({ url, token, userAgent, output, signal }: ApiClientOptions): ApiClient {
  const agent = new Agent({ connect: { timeout: connectMs }, headersTimeout: answerMs, bodyTimeout: answerMs });
  const send = async (route: string, input: AnyInput = {}) => {
    const [method = "", path = ""] = route.split(" ");
    const target = `${url}${callPath(path, input.params, input.query)}`;
    const headers = {
      accept: "application/json",
      "user-agent": userAgent,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(input.body !== undefined && { "content-type": "application/json" }),
      ...input.headers,
    };
    output.debug(`${method.toUpperCase()} ${target}`);
    let response: Dispatcher.ResponseData;
    try {
      response = await request(target, {
        method: method.toUpperCase() as Dispatcher.HttpMethod,
        dispatcher: agent,
        headers,
        body: input.bytes ?? (input.body === undefined ? null : JSON.stringify(input.body)),
        signal: input.signal === undefined ? signal : AbortSignal.any([signal, input.signal]),
      });
    } catch (error) {
      throw networkError(error, { url, signal });
    }
    const { statusCode: status } = response;
    output.debug(`${status} ${String(response.headers["x-request-id"] ?? "")}`);
    if (status >= 300) throw await problemError(response, { hasToken: token !== undefined, url });
    const type = String(response.headers["content-type"] ?? "");
    const isJson = type.startsWith("application/json") && input.isRaw !== true;
    const body = status === 204 ? undefined : isJson ? await response.body.json() : response.body;
    return { status, headers: flatten(response.headers), body };
  };
  return { url, call: send as unknown as ApiClient["call"], close: () => agent.close() };
}

function flatten(headers: Dispatcher.ResponseData["headers"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
