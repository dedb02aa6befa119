import type { ProblemDocument } from "@stave/api-contract";
import type { Dispatcher } from "undici";
import { CliError, type CliErrorCode } from "../command/cli-error.ts";

const maxProblemBytes = 1024 ** 2;

/** What the API has refused, as the CLI says it. */
export async function problemError(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { hasToken, url }: { readonly hasToken: boolean; readonly url: string },
): Promise<CliError> {
  const isProblem = String(headers["content-type"] ?? "").startsWith("application/problem+json");
  const text = await readAtMost(body, maxProblemBytes);
  const problem = isProblem ? parse(text) : undefined;
  if (problem === undefined) {
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
    why: fields.length > 0 ? fields.join("; ") : detail === undefined ? undefined : title,
    next: nextActions ?? nextOf(statusCode, hasToken),
    requestId,
    serverCode: code,
    problem,
  });
}

function codeOf(status: number): CliErrorCode {
  if (status === 401) return "Unauthenticated";
  if (status === 403) return "Forbidden";
  if (status === 404) return "NotFound";
  if (status === 409 || status === 412) return "Conflict";
  if (status === 501) return "NotSupported";
  if (status === 502 || status === 503 || status === 504 || status === 429) return "Network";
  return status === 400 || status === 422 ? "Usage" : "Failed";
}

function nextOf(status: number, hasToken: boolean): readonly string[] {
  if (status !== 401) return [];
  return hasToken ? ["stave login: the token is wrong, or has expired"] : ["stave login"];
}

function parse(text: string): ProblemDocument | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isDocument = typeof value === "object" && value !== null && "code" in value && "title" in value;
    return isDocument ? (value as ProblemDocument) : undefined;
  } catch {
    return undefined;
  }
}

async function readAtMost(body: Dispatcher.ResponseData["body"], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
