import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";
import { type Moment, momentBefore } from "../../command/moment.ts";

export type AuditEntry = Extract<CallAnswer<Routes["listAudit"]>["body"], { readonly data: unknown }>["data"][number];

export type AuditFilter = {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

type Asked = {
  readonly actor: string | undefined;
  readonly action: string | undefined;
  readonly subject: string | undefined;
  readonly since: Moment | undefined;
  readonly until: Moment | undefined;
};

export function auditFilter({ actor, action, subject, since, until }: Asked, now: Date): AuditFilter {
  return {
    actor,
    action,
    subject,
    from: since === undefined ? undefined : momentBefore(since, now),
    to: until === undefined ? undefined : momentBefore(until, now),
  };
}

const pageSize = 1000;

/** Newest first, a page at a time: the log may be long. */
export async function* readAudit(
  { call }: ApiClient,
  filter: AuditFilter,
  { atMost = Number.POSITIVE_INFINITY }: { readonly atMost?: number } = {},
): AsyncGenerator<AuditEntry> {
  let cursor: string | undefined;
  let left = atMost;
  do {
    const { body } = await call("get /api/audit", { query: { ...filter, limit: Math.min(pageSize, left), cursor } });
    yield* body.data;
    left -= body.data.length;
    cursor = body.nextCursor ?? undefined;
  } while (cursor !== undefined && left > 0);
}
