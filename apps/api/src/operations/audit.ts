import { Readable } from "node:stream";
import type { AuditLog, AuditRecord } from "@stave/control-database";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";

type Filter = Omit<NonNullable<Parameters<AuditLog["list"]>[0]>, "before" | "limit">;

const rowsAtOnce = 1000;

/** Who did what. */
export function auditOperations({ database: { audit } }: OperationContext): Pick<Handlers, "listAudit"> {
  return {
    async listAudit({ query: { limit, cursor, actor, action, subject, from, to }, message }) {
      const before = cursor === undefined ? undefined : readCursor(cursor);
      const filter: Filter = {
        actor,
        action,
        subject,
        since: from === undefined ? undefined : new Date(from),
        until: to === undefined ? undefined : new Date(to),
      };
      if (message.accepts(["application/json", "text/csv"]) === "text/csv") {
        const headers = {
          "content-type": "text/csv; charset=utf-8",
          "content-disposition": 'attachment; filename="audit.csv"',
          vary: "accept",
        };
        return { status: 200, headers, bytes: Readable.from(csvOf(audit, filter, before)) };
      }
      const found = await audit.list({ ...filter, before, limit: Math.min(limit + 1, rowsAtOnce) });
      const page = found.slice(0, limit);
      const isFull = found.length > limit || (limit === rowsAtOnce && found.length === limit);
      const last = isFull ? page.at(-1) : undefined;
      return {
        status: 200,
        headers: { vary: "accept" },
        body: {
          data: page.map(({ at, ...entry }) => ({ ...entry, at: at.toISOString() })),
          nextCursor: last === undefined ? null : Buffer.from(last.id).toString("base64url"),
        },
      };
    },
  };
}

/** The id of an entry, which begins with its time. */
function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, "base64url").toString();
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z-[\da-f]{6}-[\da-f]{16}$/.test(id)) return id;
  throw new Problem("INVALID_REQUEST", { detail: "/query/cursor: expected one that a page before has answered." });
}

/** https://www.rfc-editor.org/rfc/rfc4180, a thousand rows at a time: a log may be long. */
async function* csvOf(audit: AuditLog, filter: Filter, start: string | undefined): AsyncGenerator<string> {
  yield "at,actor,action,subject,details\r\n";
  for (let before = start; ; ) {
    const rows = await audit.list({ ...filter, before, limit: rowsAtOnce });
    if (rows.length > 0) yield rows.map(toLine).join("");
    before = rows.at(-1)?.id;
    if (rows.length < rowsAtOnce) return;
  }
}

function toLine({ at, actor, action, subject, details }: AuditRecord): string {
  const fields = [at.toISOString(), actor, action, subject, JSON.stringify(details)];
  return `${fields.map(quote).join(",")}\r\n`;
}

/** Spreadsheets run what begins so as a formula: an apostrophe makes it text. */
function quote(text: string): string {
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
