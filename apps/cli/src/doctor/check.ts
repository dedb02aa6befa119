import type { Exam } from "./exam.ts";

export type Status = "ok" | "warn" | "fail" | "skipped";

/** What one check has found. */
export type Finding = {
  readonly status: Status;
  /** What was seen. */
  readonly detail: string;
  /** What to do about it. */
  readonly cure?: string;
  /** What the server has made of the request, if somebody may know. */
  readonly server?: readonly string[];
};

export type Check = {
  /** Never changes: scripts look for it. */
  readonly name: string;
  readonly title: string;
  /** Checks without which this one means nothing: it is skipped unless they went well, or with a warning. */
  readonly needs: readonly string[];
  run(exam: Exam): Promise<Finding>;
};

export type Result = { readonly check: string; readonly title: string } & Finding;

export function ok(detail: string): Finding {
  return { status: "ok", detail };
}

export function warn(detail: string, cure: string): Finding {
  return { status: "warn", detail, cure };
}

export function fail(detail: string, cure: string): Finding {
  return { status: "fail", detail, cure };
}

export function skipped(detail: string): Finding {
  return { status: "skipped", detail };
}
