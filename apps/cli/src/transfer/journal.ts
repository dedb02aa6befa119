import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { settingsDirectory } from "../settings/settings-directory.ts";

/** What an unfinished transfer is: only one that is the same in all of it is gone on with. */
export type JournalHead = {
  readonly kind: "upload" | "download";
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  /** The file, absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly partSizeBytes: number;
  /** Of the source: when it was changed, or its ETag. */
  readonly state: string;
  /** Of uploads. */
  readonly uploadId?: string | undefined;
  /** Who works on it. */
  readonly pid: number;
  readonly startedAt: string;
};

/** A part that is over: its number, its ETag where it has one, and its checksum. */
export type JournalPart = { readonly part: number; readonly etag?: string | undefined; readonly checksum: string };

export type Journal = { readonly file: string; readonly head: JournalHead; readonly parts: readonly JournalPart[] };

export function journalDirectory(environment: NodeJS.ProcessEnv): string {
  return join(settingsDirectory(environment), "transfers");
}

/** The same for the same transfer. */
export function journalName({
  kind,
  endpoint,
  bucket,
  key,
  path,
}: Pick<JournalHead, "kind" | "endpoint" | "bucket" | "key" | "path">): string {
  const text = JSON.stringify([kind, endpoint, bucket, key, path]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

export async function startJournal(directory: string, head: JournalHead): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `${journalName(head)}.jsonl`);
  await writeFile(file, `${JSON.stringify(head)}\n`, { mode: 0o600 });
  return file;
}

/** At once: a process that is killed the moment after has it on record. */
export function addPart(file: string, part: JournalPart): void {
  appendFileSync(file, `${JSON.stringify(part)}\n`);
}

/** Undefined when there is none, or none that can be read. A line that was cut off is left out. */
export async function readJournal(file: string): Promise<Journal | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return undefined;
  }
  const [first, ...lines] = text.split("\n").flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
  if (!isHead(first)) return undefined;
  return { file, head: first, parts: lines.filter(isPart) };
}

export async function listJournals(directory: string): Promise<readonly Journal[]> {
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(
    names.filter((name) => name.endsWith(".jsonl")).map((name) => readJournal(join(directory, name))),
  );
  return found.filter((one) => one !== undefined);
}

export async function removeJournal(file: string | undefined): Promise<void> {
  if (file !== undefined) await rm(file, { force: true });
}

/** Somebody else is at it at this moment. */
export function isBusy({ pid }: JournalHead): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isHead(value: unknown): value is JournalHead {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Readonly<Record<string, unknown>>;
  const texts = ["kind", "endpoint", "bucket", "key", "path", "state", "startedAt"];
  return (
    texts.every((name) => typeof record[name] === "string") &&
    ["sizeBytes", "partSizeBytes", "pid"].every((name) => Number.isSafeInteger(record[name]))
  );
}

function isPart(value: unknown): value is JournalPart {
  if (typeof value !== "object" || value === null) return false;
  return (
    "part" in value && Number.isSafeInteger(value.part) && "checksum" in value && typeof value.checksum === "string"
  );
}
