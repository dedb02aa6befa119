import type { CallAnswer, CallInput, ProblemDocument, RouteMap } from "@stave/api-contract";
import { callPath } from "@stave/api-contract/call-path";

/** What the api has refused, or why it could not be asked. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** 0: there was no answer. */
  readonly status: number;
  readonly problem: Partial<ProblemDocument>;

  constructor(status: number, problem: Partial<ProblemDocument>) {
    super(problem.title ?? "It did not work.");
    this.status = status;
    this.problem = problem;
  }
}

type Extra = { readonly signal?: AbortSignal; readonly headers?: Readonly<Record<string, string>> };

type AnyInput = Extra & {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
};

/** Calls the api of this origin, typed by its contract: nothing of the contract is loaded for it. Throws an {@link ApiError}. */
export async function call<const Name extends keyof RouteMap>(
  route: Name,
  ...[input]: Record<string, never> extends CallInput<RouteMap[Name]>
    ? [input?: CallInput<RouteMap[Name]> & Extra]
    : [input: CallInput<RouteMap[Name]> & Extra]
): Promise<CallAnswer<RouteMap[Name], Blob>> {
  const [method = "", path = ""] = route.split(" ");
  const { params, query, body, headers, signal } = (input ?? {}) as AnyInput;
  const response = await ask(callPath(path, params, query), {
    method: method.toUpperCase(),
    headers: {
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  });
  if (!response.ok) throw new ApiError(response.status, await readProblem(response));
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await readContent(response),
  } as CallAnswer<RouteMap[Name], Blob>;
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: "same-origin", redirect: "error" });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(0, {
      title: "Stave does not answer.",
      detail: "The server is stopped, is being started again, or the network is away.",
      nextActions: ["Look at the server: systemctl status stave, or docker ps"],
    });
  }
}

async function readContent(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  return response.headers.get("content-type")?.startsWith("application/json") ? response.json() : response.blob();
}

async function readProblem(response: Response): Promise<Partial<ProblemDocument>> {
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const fallback = {
    title: `The server answered ${response.status}.`,
    ...(requestId !== undefined && { requestId }),
  };
  try {
    const problem: unknown = await response.json();
    return typeof problem === "object" && problem !== null && "title" in problem
      ? (problem as ProblemDocument)
      : fallback;
  } catch {
    return fallback; // something in between has answered, and not with a problem document
  }
}
