import { PutObjectLegalHoldCommand, PutObjectRetentionCommand, type S3Client } from "@aws-sdk/client-s3";
import type { BackupProblem, ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { bucketQuota } from "../storage/bucket-quota.ts";
import { isTransient, until, withRetries } from "../transfer/retry.ts";
import { type KeptSetting, keptSettings, readBucketState, settingOf } from "./bucket-state.ts";
import type { ObjectLine } from "./manifest.ts";
import type { RestoredBucket } from "./restore-index.ts";

export type ApplyInput = {
  readonly service: ServiceRecord;
  readonly client: S3Client;
  readonly signal: AbortSignal;
  /** For a service of another engine: told of what that does not take. Undefined: everything must be taken. */
  readonly onLost?: (problem: BackupProblem) => void;
};

/** Makes the settings of a bucket those of the backup. What could not be read then stays as it is. Throws a {@link Problem} that names the setting. */
export async function applySettings(
  context: ApiContext,
  input: ApplyInput,
  { line, name, target }: RestoredBucket,
): Promise<void> {
  const { client, signal, service, onLost } = input;
  const lost = new Set<KeptSetting>();
  const present = await readBucketState(context, input, target);
  for (const setting of keptSettings) {
    if (line.unread.includes(setting)) continue;
    const wanted = renamed(setting, line.settings[setting], { name, target });
    if (JSON.stringify(wanted) === JSON.stringify(present.settings[setting])) continue;
    const { write, remove } = settingOf(setting);
    const work =
      wanted === undefined ? remove && (() => remove(client, target)) : () => write(client, target, wanted as never);
    // A lock, and versions, cannot be taken away again.
    if (work === undefined) continue;
    // Without the block a policy could open more than it did.
    if (setting === "policy" && lost.has("public-access-block")) {
      onLost?.(notTaken(target, setting, "Its engine does not block public access."));
      continue;
    }
    await withRetries(work, { signal }).catch((error: unknown) => {
      if (signal.aborted || isTransient(error)) throw error;
      const { reason } = describeS3Error(error);
      const status = statusOf(error) ?? 500;
      if (onLost !== undefined && (status < 500 || status === 501)) {
        lost.add(setting);
        onLost(notTaken(target, setting, reason));
        return;
      }
      throw new Problem("CONFLICT", {
        detail: `The setting ${setting} of the bucket ${target} could not be restored. ${reason}`,
        cause: error,
      });
    });
  }
  if (line.quota !== undefined && service.engine === "stave") {
    await bucketQuota(context, service, { bucket: target, change: line.quota });
  }
}

function notTaken(bucket: string, setting: KeptSetting, reason: string): BackupProblem {
  return { bucket, code: "NotTaken", reason: `The setting ${setting} is not taken by its engine. ${reason}` };
}

/** A policy names the bucket that it is of. */
function renamed(
  setting: KeptSetting,
  value: unknown,
  { name, target }: Pick<RestoredBucket, "name" | "target">,
): unknown {
  if (setting !== "policy" || value === undefined || name === target) return value;
  const arn = `arn:aws:s3:::${name}`;
  const rename = (text: string) =>
    text === arn || text.startsWith(`${arn}/`) ? `arn:aws:s3:::${target}${text.slice(arn.length)}` : text;
  return JSON.parse(JSON.stringify(value), (_, part: unknown) => (typeof part === "string" ? rename(part) : part));
}

/** The lock of the newest version. What has expired meanwhile is not set again. */
export async function applyLock(
  { client, signal, now }: Pick<ApplyInput, "client" | "signal"> & Pick<ApiContext, "now">,
  Bucket: string,
  { key: Key, lock = {} }: ObjectLine,
): Promise<void> {
  const { mode: Mode, retainUntil, isHeld } = lock;
  const send = (command: PutObjectRetentionCommand | PutObjectLegalHoldCommand) =>
    withRetries(
      async () =>
        command instanceof PutObjectRetentionCommand
          ? await client.send(command, until(signal))
          : await client.send(command, until(signal)),
      { signal },
    );
  const RetainUntilDate = retainUntil === undefined ? undefined : new Date(retainUntil);
  if (Mode !== undefined && RetainUntilDate !== undefined && RetainUntilDate > now()) {
    await send(new PutObjectRetentionCommand({ Bucket, Key, Retention: { Mode, RetainUntilDate } }));
  }
  if (isHeld === true) await send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status: "ON" } }));
}
