import { CreateBucketCommand, DeleteObjectCommand } from "@aws-sdk/client-s3";
import type { BackupProblem, RestoreCounts } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import { describeS3Error } from "../services/describe-s3-error.ts";
import { listBucketNames } from "../services/empty-account.ts";
import { placeOf } from "../services/make-buckets.ts";
import { hashObject } from "../transfer/hash-object.ts";
import { listVersions } from "../transfer/list-versions.ts";
import { isTransient, until, withRetries } from "../transfer/retry.ts";
import { TransferError } from "../transfer/transfer-error.ts";
import { type ApplyInput, applyLock, applySettings } from "./apply-settings.ts";
import { StoreError } from "./backup-store.ts";
import { settingOf } from "./bucket-state.ts";
import { eachAtOnce } from "./each-at-once.ts";
import type { ObjectLine } from "./manifest.ts";
import { maxProblems, problemOf, sentence } from "./problems.ts";
import type { HistoryLine, RestoredBucket, RestoreIndex } from "./restore-index.ts";
import { type WriteBackInput, writeBack, writeHistory } from "./write-back.ts";

const atOnce = 4;
const noteEvery = 100;
const maxFailures = 100;

export type RestoreInput = WriteBackInput &
  ApplyInput & {
    readonly index: RestoreIndex;
    /** Into buckets that were made for it, with all versions. */
    readonly withHistory: boolean;
    readonly counts: RestoreCounts;
    readonly note: (counts: RestoreCounts) => Promise<void>;
  };

/** Those that are not there, with what must be there before objects are. */
export async function makeBuckets(input: RestoreInput): Promise<void> {
  const { abilities, client, index, service, signal, withHistory } = input;
  const own = await listBucketNames(client, signal);
  for (const { target, line } of index.buckets) {
    const hasLock = line.settings["object-lock"] !== undefined && abilities.objectLock;
    if (!own.includes(target)) {
      const command = new CreateBucketCommand({
        Bucket: target,
        ...placeOf(service),
        ...(hasLock && { ObjectLockEnabledForBucket: true }),
      });
      await withRetries(() => client.send(command, until(signal)), { signal }).catch((error: unknown) => {
        if (describeS3Error(error).code !== "BucketAlreadyOwnedByYou") throw bucketProblem(error, target);
      });
    }
    // Before its objects; whether new ones get versions at the end is a setting like the others.
    if (withHistory && line.settings.versioning !== undefined) {
      await withRetries(() => settingOf("versioning").write(client, target, { status: "Enabled" } as never), {
        signal,
      });
    }
  }
}

export async function writeObjects(context: StepContext, input: RestoreInput): Promise<void> {
  const { index, client, signal, withHistory } = input;
  const work = createWork(context, input, "written");
  for (const bucket of index.buckets) {
    await index.lookAt(client, bucket, signal);
    const { name, target } = bucket;
    if (withHistory) {
      await eachAtOnce(index.histories(name), atOnce, (history) =>
        work.run({ bucket: target, key: history.key }, async () => {
          const isWritten = await writeHistory(input, { ...history, target });
          const sizeBytes = history.lines.reduce((sum, line) => sum + (line.type === "object" ? line.sizeBytes : 0), 0);
          return isWritten ? { written: 1, writtenBytes: sizeBytes } : { unchanged: 1 };
        }),
      );
    } else {
      await eachAtOnce(index.wanted(name), atOnce, ({ line, found }) =>
        work.run({ bucket: target, key: line.key }, async () => {
          const isWritten = await writeBack(input, { line, target, found });
          return isWritten ? { written: 1, writtenBytes: line.sizeBytes } : { unchanged: 1 };
        }),
      );
    }
  }
  await work.end();
}

/** Only in place: what the backup does not have goes. */
export async function deleteExtra(context: StepContext, input: RestoreInput): Promise<void> {
  const { index, client, signal } = input;
  const work = createWork(context, input, "deleted");
  for (const bucket of index.buckets) {
    await index.lookAt(client, bucket, signal);
    const { name, target } = bucket;
    await eachAtOnce(index.extra(name), atOnce, ({ key }) =>
      work.run({ bucket: target, key }, async () => {
        const command = new DeleteObjectCommand({ Bucket: target, Key: key });
        await withRetries(() => client.send(command, until(signal)), { signal });
        return { deleted: 1 };
      }),
    );
  }
  await work.end();
}

/** Reads everything that was brought back, and compares it with the backup. */
export async function verifyRestored(context: StepContext, input: RestoreInput): Promise<void> {
  const { index, withHistory } = input;
  const work = createWork(context, input, "verified");
  for (const bucket of index.buckets) {
    if (withHistory) await verifyHistory(input, bucket, work);
    else {
      await eachAtOnce(index.wanted(bucket.name), atOnce, ({ line }) =>
        work.run({ bucket: bucket.target, key: line.key }, () => verifyObject(input, bucket.target, line)),
      );
    }
  }
  await work.end();
}

/** Versions are listed newest first, as they are in the backup. */
async function verifyHistory(
  { client, index, signal }: RestoreInput,
  { name, target }: RestoredBucket,
  work: Work,
): Promise<void> {
  let seen = 0;
  let current: { readonly key: string; readonly lines: readonly HistoryLine[]; at: number } | undefined;
  const versions = async function* () {
    for await (const listed of listVersions(client, target, { signal })) {
      if (current?.key !== listed.key) current = { key: listed.key, lines: index.historyOf(name, listed.key), at: 0 };
      const line = current.lines[current.at];
      current.at += 1;
      seen += 1;
      yield { listed, line };
    }
  };
  await eachAtOnce(versions(), atOnce, ({ listed, line }) =>
    work.run({ bucket: target, key: listed.key }, async () => {
      if (line === undefined || (line.type === "marker") !== listed.isDeleteMarker) throw differs("versions");
      if (line.type === "marker") return { verified: 1 };
      return await verifyObject({ client, signal }, target, line, listed.versionId);
    }),
  );
  const expected = index.countHistory(name);
  if (seen !== expected) {
    await work.run({ bucket: target }, () => {
      throw new TransferError("TargetDiffers", `It has ${seen} versions, and should have ${expected}.`);
    });
  }
}

async function verifyObject(
  { client, signal }: Pick<RestoreInput, "client" | "signal">,
  bucket: string,
  { key, sha256, sizeBytes }: ObjectLine,
  versionId?: string,
): Promise<Partial<RestoreCounts>> {
  const found = await hashObject(client, { bucket, key, versionId }, { signal });
  if (found.sha256 !== sha256 || found.sizeBytes !== sizeBytes) throw differs("bytes");
  return { verified: 1 };
}

export async function applyAllSettings(context: StepContext, input: RestoreInput): Promise<void> {
  const { index, client, signal } = input;
  for (const bucket of index.buckets) {
    if (bucket.line.settings["object-lock"] !== undefined && input.abilities.objectLock) {
      for (const { line } of index.wanted(bucket.name)) {
        if (line.lock === undefined) continue;
        await applyLock({ client, signal, now: context.now }, bucket.target, line).catch((error: unknown) => {
          throw bucketProblem(error, `${bucket.target}/${line.key.slice(0, 200)}`);
        });
      }
    }
    await applySettings(context, input, bucket);
  }
}

type Work = {
  run(
    place: { readonly bucket: string; readonly key?: string },
    work: () => Promise<Partial<RestoreCounts>>,
  ): Promise<void>;
  /** Throws a {@link Problem} with what has failed. */
  end(): Promise<void>;
};

/** Counts, tells how far it is, and gathers what fails. What may work later is thrown at once. */
function createWork(context: StepContext, { counts, note, signal }: RestoreInput, counted: keyof RestoreCounts): Work {
  let sum = { ...counts, [counted]: 0, ...(counted === "written" && { writtenBytes: 0, unchanged: 0 }) };
  let done = 0;
  let failures = 0;
  const problems: BackupProblem[] = [];
  const tell = async () => {
    await note(sum);
    await context.progress({ done, message: `objects ${counted}` });
  };
  const problem = () => new Problem("CONFLICT", { detail: sentence(problems, failures) });
  return {
    async run(place, work) {
      signal.throwIfAborted();
      try {
        const added = await work();
        sum = Object.fromEntries(
          Object.entries(sum).map(([name, value]) => [name, value + (added[name as keyof RestoreCounts] ?? 0)]),
        ) as unknown as typeof sum;
      } catch (error) {
        if (signal.aborted || isTransient(error)) throw error;
        if (error instanceof StoreError && error.code === "Away") throw error;
        failures += 1;
        if (problems.length < maxProblems) problems.push(problemOf(error, place));
        if (failures >= maxFailures) throw problem();
      }
      done += 1;
      if (done % noteEvery === 0) await tell();
    },
    async end() {
      await tell();
      if (failures > 0) throw problem();
    },
  };
}

function differs(what: string): TransferError {
  return new TransferError("TargetDiffers", `Its ${what} are not those of the backup.`);
}

function bucketProblem(error: unknown, what: string): unknown {
  if (isTransient(error) || error instanceof Problem) return error;
  return new Problem("CONFLICT", { detail: `${what}: ${describeS3Error(error).reason}`, cause: error });
}
