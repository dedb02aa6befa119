import type { AnswerShape, OperationId, Routes, z } from "@stave/api-contract";
import { Agent, type Dispatcher, request } from "undici";
import type { Output } from "../output/output.ts";
import { networkError } from "./network-error.ts";
import { problemError } from "./problem-error.ts";

/** `get /api/jobs/{id}`: the routes by what they are called with. */
type RouteMap = { readonly [Id in OperationId as `${Routes[Id]["method"]} ${Routes[Id]["path"]}`]: Routes[Id] };

type Part<Name extends string, Schema> = Schema extends z.ZodType
  ? Record<string, never> extends z.input<Schema>
    ? { readonly [N in Name]?: z.input<Schema> }
    : { readonly [N in Name]: z.input<Schema> }
  : unknown;

type PartOf<Route, Name extends string> = Route extends { readonly [N in Name]: infer Schema }
  ? Part<Name, Schema>
  : unknown;

/** What a route takes, as the contract says it. */
export type CallInput<Route> = PartOf<Route, "params"> &
  PartOf<Route, "query"> &
  PartOf<Route, "body"> & {
    readonly headers?: Readonly<Record<string, string>>;
    /** The bytes of a route that takes some. */
    readonly bytes?: Dispatcher.DispatchOptions["body"];
    /** The bytes of the answer as they are, also when they are JSON: an object may be. */
    readonly isRaw?: boolean;
    readonly signal?: AbortSignal;
  };

/** What a route answers, whichever status it is. */
export type CallAnswer<Route> = Route extends { readonly answers: infer Answers }
  ? {
      [Status in keyof Answers]: {
        readonly status: Status;
        readonly headers: Readonly<Record<string, string>>;
        readonly body: ContentOf<Answers[Status]>;
      };
    }[keyof Answers]
  : never;

type ContentOf<Shape> = Shape extends z.ZodType
  ? z.output<Shape>
  : Shape extends "empty"
    ? undefined
    : Shape extends { readonly json: infer Json extends z.ZodType }
      ? z.output<Json>
      : Shape extends AnswerShape
        ? Dispatcher.ResponseData["body"]
        : never;

/** Calls of the API, typed by its contract. Everything but a 2xx throws a `CliError`. */
export type ApiClient = {
  readonly url: string;
  call<const Name extends keyof RouteMap>(
    route: Name,
    ...[input]: Record<string, never> extends CallInput<RouteMap[Name]>
      ? [input?: CallInput<RouteMap[Name]>]
      : [input: CallInput<RouteMap[Name]>]
  ): Promise<CallAnswer<RouteMap[Name]>>;
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
    const target = `${url}${fillPath(path, input.params)}${writeQuery(input.query)}`;
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

/** `{name+}` keeps its slashes, but nothing of a name is ever read as a path of its own. */
function fillPath(path: string, params: Readonly<Record<string, unknown>> = {}): string {
  return path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) =>
    // Dots alone would be taken for "this folder" on the way.
    encodeURIComponent(String(params[name])).replace(/^\.{1,2}$/, (dots) => dots.replaceAll(".", "%2E")),
  );
}

function writeQuery(query: Readonly<Record<string, unknown>> = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function flatten(headers: Dispatcher.ResponseData["headers"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
