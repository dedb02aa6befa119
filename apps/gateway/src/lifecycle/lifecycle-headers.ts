import type { ObjectVersion, Upload } from "@stave/object-store";
import type { OperationContext, OperationRequest } from "../operations/operation.ts";
import { httpDate } from "./due-date.ts";
import { type LifecycleRules, parseLifecycleRules } from "./lifecycle-rules.ts";
import { currentExpiry, type Due, uploadExpiry } from "./plan-version.ts";

type Headers = Readonly<Record<string, string>>;

const none: Headers = {};

/**
 * `x-amz-expiration` of an object that is or has become current, when a rule is about it. Undefined for a bucket without rules: most
 * requests have nothing to wait for, and pay for a look at a number.
 */
export function expirationHeader(
  context: OperationContext,
  request: OperationRequest,
  version: ObjectVersion,
): Promise<Headers> | undefined {
  if (hasNoConfigurations(request) || !version.isLatest) return undefined;
  const configurations = request.configurations();
  if (!(configurations instanceof Promise) && configurations.text("lifecycle") === undefined) return undefined;
  return describe(context, request, (planning) => {
    const due = currentExpiry(version, planning);
    const date = due && httpDate(due.dueMs);
    return date === undefined ? none : { "x-amz-expiration": `expiry-date="${date}", rule-id="${ruleId(due)}"` };
  });
}

/** `x-amz-abort-date` and `x-amz-abort-rule-id` of an upload that a rule will abort. */
export async function abortHeaders(
  context: OperationContext,
  request: OperationRequest,
  upload: Pick<Upload, "key" | "initiatedAt">,
): Promise<Headers> {
  if (hasNoConfigurations(request)) return none;
  return await describe(context, request, (planning) => {
    const due = uploadExpiry(upload, planning);
    const date = due && httpDate(due.dueMs);
    return date === undefined ? none : { "x-amz-abort-date": date, "x-amz-abort-rule-id": ruleId(due) };
  });
}

function hasNoConfigurations({ bucketInfo }: OperationRequest): boolean {
  return bucketInfo === undefined || bucketInfo.configurationRevision === 0;
}

async function describe(
  { lifecycleDayMs: dayMs }: OperationContext,
  { configurations }: OperationRequest,
  show: (planning: { readonly rules: LifecycleRules; readonly dayMs: number }) => Headers,
): Promise<Headers> {
  const rules = (await configurations()).parsed("lifecycle", parseLifecycleRules);
  return rules === undefined ? none : show({ rules, dayMs });
}

/** Escaped, as S3 does: an id is any text. */
function ruleId(due: Due | undefined): string {
  return encodeURIComponent(due?.ruleId ?? "");
}
