import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { addAbortSignal, type Readable } from "node:stream";
import { inspect } from "node:util";
import type Docker from "dockerode";
import { DockerServicesError } from "./docker-services-error.ts";
import { readEngineError } from "./read-engine-error.ts";

// The Docker Engine API: https://docs.docker.com/reference/api/engine/version/v1.41/

export interface EngineAddress {
  /** @default "/var/run/docker.sock" */
  readonly socketPath?: string;
  /** `tcp://127.0.0.1:2375`: a proxy in front of the socket, or another machine. Instead of a socket. */
  readonly host?: string;
  /** For a host that speaks TLS: PEM texts. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface EngineRequest extends CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** A tar archive to send. */
  readonly upload?: Readable;
  readonly registryAuth?: { readonly username: string; readonly password: string };
  /** When this one takes longer than others. */
  readonly timeoutMs?: number;
}

export type Method = "DELETE" | "GET" | "POST" | "PUT";

/** Calls of the engine, each of which ends in time. Fails with a `DockerServicesError`. */
export interface EngineClient {
  /** The answer as Docker documents it. */
  request<T>(method: Method, path: string, request?: EngineRequest): Promise<T>;
  /** The answer as it comes. The time limit is for its beginning. */
  stream(method: Method, path: string, request?: EngineRequest): Promise<Readable>;
}

export function createEngineClient(options: EngineAddress & { readonly timeoutMs: number }): EngineClient {
  const { host, socketPath = "/var/run/docker.sock", timeoutMs } = options;
  const address = host ?? socketPath;
  const [fresh, kept] = [connection(options, { keepAlive: false }), connection(options, { keepAlive: true })];
  let loading: Promise<{ readonly fresh: Docker; readonly kept: Docker }> | undefined;
  // Loaded at the first call: 27 MiB, most of it a gRPC that it has for builds, which many who could use Docker never need.
  const load = () => {
    loading ??= import("dockerode").then(({ default: Dockerode }) => ({
      fresh: new Dockerode(fresh),
      kept: new Dockerode(kept),
    }));
    return loading;
  };
  type Message = Parameters<Docker["modem"]["dial"]>[0];
  const dialOn = async (which: "fresh" | "kept", message: Message) => {
    const { modem } = (await load())[which];
    return await new Promise<unknown>((resolve, reject) => {
      modem.dial(message, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  };
  /** Who looks again and again need not connect each time. Such a connection may have ended with the engine that it was to: then it is asked on another. */
  const dial = async (message: Message, isLook: boolean) => {
    if (!isLook) return await dialOn("fresh", message);
    try {
      return await dialOn("kept", message);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "ECONNRESET" && code !== "EPIPE") throw error;
      return await dialOn("fresh", message);
    }
  };

  const send = async (method: Method, path: string, request: EngineRequest, isStream: boolean): Promise<unknown> => {
    const { signal, query = {}, body = {}, upload, registryAuth } = request;
    signal?.throwIfAborted();
    const deadline = new AbortController();
    const limitMs = request.timeoutMs ?? timeoutMs;
    const timer = setTimeout(() => deadline.abort(), limitMs);
    const abortSignal = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
    try {
      const message = { method, path: `${path}?`, options: { _query: query, _body: body }, isStream, abortSignal };
      const extra = { ...(upload && { file: upload }), ...(registryAuth && { authconfig: registryAuth }) };
      return await dial({ ...message, ...extra, statusCodes }, method === "GET" && !isStream);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!deadline.signal.aborted) throw readEngineError(error, address);
      const text = `Docker at ${address} did not answer within ${limitMs / 1000} s: it hangs, or is overloaded.`;
      throw new DockerServicesError("DockerUnreachable", text, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    // Docker's documentation is the contract: its answers are not parsed again.
    request: async <T>(method: Method, path: string, request: EngineRequest = {}) =>
      (await send(method, path, request, false)) as T,
    stream: async (method, path, request = {}) => {
      const stream = (await send(method, path, request, true)) as Readable;
      return request.signal === undefined ? stream : addAbortSignal(request.signal, stream);
    },
  };
}

/** 304: the container was started, or stopped, already. */
const statusCodes = { 200: true, 201: true, 204: true, 304: true };

/** Says everything, since dockerode fills what is left out from `DOCKER_HOST`. */
function connection(
  { socketPath = "/var/run/docker.sock", host, tls }: EngineAddress,
  agent: { readonly keepAlive: boolean },
): Docker.DockerOptions {
  if (host === undefined) {
    return withAgent({ socketPath, host: undefined, port: undefined, protocol: "http" }, new HttpAgent(agent));
  }
  const url = URL.parse(host);
  if (url === null || !["tcp:", "http:", "https:"].includes(url.protocol) || url.hostname === "") {
    throw new TypeError(`Expected \`host\` to be like tcp://127.0.0.1:2375, got ${host}`);
  }
  const isSecure = tls !== undefined || url.protocol === "https:";
  const port = url.port === "" ? (isSecure ? 2376 : 2375) : Number(url.port);
  const remote = { socketPath: undefined, host: url.hostname, port, ...tls };
  return isSecure
    ? withAgent({ ...remote, protocol: "https" }, new HttpsAgent(agent))
    : withAgent({ ...remote, protocol: "http" }, new HttpAgent(agent));
}

/** The option that the declarations of dockerode do not know. */
function withAgent(options: Docker.DockerOptions, agent: HttpAgent): Docker.DockerOptions {
  // dockerode writes out all of each request for its debug log, also when there is none. With the sockets of all other requests, which
  // the agent has, that was two thirds of what a call cost.
  Object.defineProperty(agent, inspect.custom, { value: () => "Agent" });
  return Object.assign(options, { agent });
}

/** A part of a path that comes from outside. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}

/** Containers are held by id: a name may belong to another container by the time it is used. */
export function containerPath(id: string): string {
  if (/^[0-9a-f]{64}$/.test(id)) return `/containers/${id}`;
  throw new DockerServicesError("ContainerNotFound", `There is no container with the id ${JSON.stringify(id)}.`);
}
