import type { Retention } from "@stave/object-store";
import { type DefaultRetention, parseObjectLockConfiguration } from "@stave/s3-xml";
import type { OperationRequest } from "../operations/operation.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Until when the bucket retains what is written to it now without saying so itself. Costs nothing without object lock. */
export async function readDefaultRetention({
  bucketInfo,
  configurations,
  receivedAt,
}: Pick<OperationRequest, "bucketInfo" | "configurations" | "receivedAt">): Promise<Retention | undefined> {
  if (bucketInfo?.hasObjectLock !== true) return undefined;
  const configuration = (await configurations()).parsed("object-lock", parseObjectLockConfiguration);
  const rule = configuration?.defaultRetention;
  return rule && { mode: rule.mode, retainUntil: endOf(rule, receivedAt) };
}

function endOf({ days = 0, years = 0 }: DefaultRetention, from: Date): Date {
  const end = new Date(from.getTime() + days * dayMs);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  return end;
}
