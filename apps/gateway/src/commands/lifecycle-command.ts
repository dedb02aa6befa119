import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type DataDirectoryLock, lockDataDirectory, openEmbeddedStore, StoreError } from "@stave/object-store";
import { XmlError } from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import { realDayMs } from "../lifecycle/due-date.ts";
import { type PlanEntry, type PlanLine, type PlanQuery, showPlan } from "../lifecycle/show-plan.ts";
import { callAdmin } from "../process/admin-call.ts";
import { type AdminAccess, readAdminFile } from "../process/admin-file.ts";
import { planPath } from "../process/plan-route.ts";
import { UsageError } from "../process/usage-error.ts";
import type { DataCommand } from "./command.ts";
import { showName } from "./render-table.ts";

const done = 0;

type LifecycleOptions = {
  readonly dryRun: boolean;
  readonly bucket?: string;
  readonly at?: string;
  readonly rules?: string;
};

/** The one command that also works while a server has the directory: it asks that server. */
export const lifecycleCommand: DataCommand<LifecycleOptions> = {
  name: "lifecycle",
  description:
    "Names what the lifecycle rules of buckets would delete, by which rule and since when, and deletes nothing. Asks the server, if one uses the directory.",
  addOptions(command) {
    command
      .requiredOption("--dry-run", "the server alone deletes; this only names")
      .option("--bucket <name>", "one bucket, not all")
      .option("--at <time>", "what will be due then: a date, or a date and time with a zone; default: now")
      .option("--rules <file>", "rules that are not put yet, an XML document, for --bucket");
  },
  async run(directory, options, { json, print }) {
    const query = await readQuery(options);
    const plan = await createPlan(directory, query);
    try {
      for await (const lines of plan) await print(lines.map(json ? showJson : showText).join(""));
    } catch (error) {
      if (error instanceof S3Error || error instanceof XmlError) throw new UsageError(`${error.message}.`);
      throw error;
    }
    return { exitCode: done };
  },
};

async function readQuery({ bucket, at, rules }: LifecycleOptions): Promise<PlanQuery> {
  if (rules !== undefined && bucket === undefined)
    throw new UsageError("--rules: Expected --bucket as well. See --help.");
  return {
    ...(bucket !== undefined && { bucket }),
    ...(at !== undefined && { at }),
    ...(rules !== undefined && { rules: await readFile(rules, "utf8") }),
  };
}

async function createPlan(directory: string, query: PlanQuery): Promise<AsyncGenerator<readonly PlanLine[]>> {
  try {
    return planHere(directory, await lockDataDirectory(directory, { mustExist: true }), query);
  } catch (error) {
    const access =
      error instanceof StoreError && error.code === "DataDirectoryInUse" ? await readAdminFile(directory) : undefined;
    if (access === undefined) throw error;
    return askServer(access, query, error);
  }
}

async function* planHere(
  directory: string,
  lock: DataDirectoryLock,
  query: PlanQuery,
): AsyncGenerator<readonly PlanLine[]> {
  try {
    const store = await openEmbeddedStore({ directory });
    try {
      yield* showPlan(store, query, realDayMs);
    } finally {
      await store.close();
    }
  } finally {
    await lock.release();
  }
}

async function* askServer(
  access: AdminAccess,
  { rules, ...parameters }: PlanQuery,
  inUse: unknown,
): AsyncGenerator<readonly PlanLine[]> {
  const query = new URLSearchParams(parameters);
  const method = rules === undefined ? "GET" : "POST";
  const answer = await callAdmin(access, { method, path: planPath, query, body: rules }).catch(() => {
    throw inUse; // by something else: a server that was killed has left its address
  });
  if (answer.status >= 500) throw notWhole();
  if (!answer.ok || answer.body === null) throw new UsageError((await answer.text()).trim());
  let isWhole = false;
  try {
    for await (const text of createInterface(Readable.fromWeb(answer.body as ReadableStream))) {
      const line: PlanLine = JSON.parse(text);
      isWhole = "total" in line;
      yield [line];
    }
  } catch (cause) {
    throw notWhole(cause);
  }
  if (!isWhole) throw notWhole();
}

function notWhole(cause?: unknown): StoreError {
  return new StoreError("InternalError", "The server has not sent all of the plan: look into its log", { cause });
}

function showJson(line: PlanLine): string {
  return `${JSON.stringify(line)}\n`;
}

function showText(line: PlanLine): string {
  if ("total" in line) return `${line.total.toLocaleString("en-US")} to be done\n`;
  const { bucket, key, action, ruleId, dueAt }: PlanEntry = line;
  const which = line.uploadId === undefined ? `version ${line.versionId}` : `upload ${line.uploadId}`;
  return `${[action, `${bucket}/${key}`, which, `rule ${ruleId}`, `since ${dueAt}`].map(showName).join("  ")}\n`;
}
