import { causeOfNetworkError } from "../api/network-error.ts";
import type { Check, Finding, Result } from "./check.ts";
import type { Exam } from "./exam.ts";

/** One after the other, as they stand. What a check needs has come before it. */
export async function* runChecks(exam: Exam, checks: readonly Check[]): AsyncGenerator<Result> {
  const passed = new Set<string>();
  for (const check of checks) {
    if (exam.signal.aborted) return;
    const missing = check.needs.find((name) => !passed.has(name));
    const finding: Finding =
      missing === undefined
        ? await runOne(check, exam)
        : { status: "skipped", detail: `It means nothing without ${titleOf(checks, missing)}.` };
    if (finding.status === "ok" || finding.status === "warn") passed.add(check.name);
    yield { check: check.name, title: check.title, ...finding };
  }
}

async function runOne(check: Check, exam: Exam): Promise<Finding> {
  try {
    return await check.run(exam);
  } catch (error) {
    if (exam.signal.aborted) throw error;
    return {
      status: "fail",
      detail: `There was no whole answer: ${causeOfNetworkError(error)}`,
      cure: "See whether a proxy or a firewall cuts connections off, and run it again.",
    };
  }
}

function titleOf(checks: readonly Check[], name: string): string {
  return checks.find((check) => check.name === name)?.title ?? name;
}
