import { Readable } from "node:stream";
import type { ApiClient } from "../../api/api-client.ts";
import { networkError } from "../../api/network-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { saveStream } from "../../output/save-stream.ts";
import type { auditExport } from "./index.ts";
import { type AuditFilter, auditFilter, readAudit } from "./read-audit.ts";

export const run: RunOf<typeof auditExport> = async ({ api, arguments: given, options, output, now, signal }) => {
  const client = await api();
  const filter = auditFilter(options, now());
  const begin = async () =>
    options.format === "csv" ? await csvOf(client, filter) : Readable.from(linesOf(client, filter));
  const { sizeBytes } = await saveStream(begin, {
    file: given.file ?? "-",
    isReplaced: false,
    output,
    signal,
    broken: (error) => networkError(error, { url: client.url, signal }),
  });
  if (given.file === undefined) return;
  output.note(`Wrote ${given.file}.`);
  output.result({ file: given.file, sizeBytes }, () => "");
};

async function* linesOf(client: ApiClient, filter: AuditFilter): AsyncGenerator<string> {
  for await (const entry of readAudit(client, filter)) yield `${JSON.stringify(entry)}\n`;
}

/** As the API writes it. */
async function csvOf({ call }: ApiClient, filter: AuditFilter): Promise<Readable> {
  const { body } = await call("get /api/audit", { query: filter, headers: { accept: "text/csv" } });
  return body as unknown as Readable;
}
