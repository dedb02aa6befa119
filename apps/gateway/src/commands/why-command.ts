import type { Explanation, RefusalSummary } from "../explain/explanation.ts";
import { showExplanation, showSummaries } from "../explain/show-explanation.ts";
import { callAdmin, type OutgoingAdminCall } from "../process/admin-call.ts";
import { readAdminFile } from "../process/admin-file.ts";
import { UsageError } from "../process/usage-error.ts";
import { requestsPath } from "../process/why-route.ts";
import { CommandError, type DataCommand } from "./command.ts";

const done = 0;

type WhyOptions = {
  readonly recent: boolean;
  readonly limit: string;
  readonly key?: string;
  readonly code?: string;
};

/** Asks the server that uses the directory. */
export const whyCommand: DataCommand<WhyOptions> = {
  name: "why",
  description:
    "Says why the running server refused a request, and what to do about it. The request id is in the answer that the client got: RequestId of the document, or x-amz-request-id.",
  addOptions(command) {
    command
      .argument("[request-id]", "of the refused request")
      .option("--recent", "list the newest refusals instead", false)
      .option("--limit <n>", "how many of them", "20")
      .option("--key <id>", "only those of this access key id")
      .option("--code <code>", "only those with this error code, such as AccessDenied");
  },
  async run(directory, { recent, limit, key, code }, { args: [requestId] }) {
    if ((requestId === undefined) !== recent) {
      throw new UsageError("Expected either a request id or --recent. See --help.");
    }
    if (requestId !== undefined) {
      if (!/^[0-9a-f]{16}$/i.test(requestId)) {
        throw new UsageError("Expected the request id to be 16 hex digits, as in x-amz-request-id. See --help.");
      }
      const report = await askServer<Explanation>(directory, { path: `${requestsPath}/${requestId}/why` });
      return { report, text: showExplanation(report), exitCode: done };
    }
    if (!/^[1-9]\d{0,2}$/.test(limit))
      throw new UsageError("--limit: Expected a whole number below 1,000. See --help.");
    const parameters = new URLSearchParams({
      limit,
      ...(key !== undefined && { key }),
      ...(code !== undefined && { code }),
    });
    const report = await askServer<{ readonly requests: readonly RefusalSummary[] }>(directory, {
      path: requestsPath,
      query: parameters,
    });
    const text = report.requests.length === 0 ? "No refusal is kept.\n" : showSummaries(report.requests);
    return { report, text, exitCode: done };
  },
};

async function askServer<T>(directory: string, call: OutgoingAdminCall): Promise<T> {
  const access = await readAdminFile(directory);
  const noServer = (cause?: unknown) =>
    new CommandError(
      `No server runs on ${directory}, and what a server refused is forgotten when it stops. Start it, and send the request again.`,
      { cause },
    );
  if (access === undefined) throw noServer();
  const answer = await callAdmin(access, call).catch((error: unknown) => {
    throw noServer(error); // one that was killed has left its address
  });
  if (answer.ok) return (await answer.json()) as T;
  const text = (await answer.text()).trim();
  if (isUnknownSignature(answer.status, text)) throw noServer(); // another server has the port now
  throw new CommandError(text);
}

/** Of another token, or for another region. */
function isUnknownSignature(status: number, text: string): boolean {
  return status === 403 || text.startsWith("AuthorizationHeaderMalformed");
}
