// src/transfer/journal.ts
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { settingsDirectory } from "./chunk-64REPC56.js";

function journalDirectory(environment) {
  return join(settingsDirectory(environment), "transfers");
}
function journalName({ kind, endpoint, bucket, key, path }) {
  const text = JSON.stringify([kind, endpoint, bucket, key, path]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
async function startJournal(directory, head) {
  await mkdir(directory, { recursive: true, mode: 448 });
  const file = join(directory, `${journalName(head)}.jsonl`);
  await writeFile(
    file,
    `${JSON.stringify(head)}
`,
    { mode: 384 },
  );
  return file;
}
function addPart(file, part) {
  appendFileSync(
    file,
    `${JSON.stringify(part)}
`,
  );
}
async function readJournal(file) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return void 0;
  }
  const [first, ...lines] = text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
  if (!isHead(first)) return void 0;
  return { file, head: first, parts: lines.filter(isPart) };
}
async function listJournals(directory) {
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(
    names.filter((name) => name.endsWith(".jsonl")).map((name) => readJournal(join(directory, name))),
  );
  return found.filter((one) => one !== void 0);
}
async function removeJournal(file) {
  if (file !== void 0) await rm(file, { force: true });
}
function isBusy({ pid }) {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
function isHead(value) {
  if (typeof value !== "object" || value === null) return false;
  const record = value;
  const texts = ["kind", "endpoint", "bucket", "key", "path", "state", "startedAt"];
  return (
    texts.every((name) => typeof record[name] === "string") &&
    ["sizeBytes", "partSizeBytes", "pid"].every((name) => Number.isSafeInteger(record[name]))
  );
}
function isPart(value) {
  if (typeof value !== "object" || value === null) return false;
  return (
    "part" in value && Number.isSafeInteger(value.part) && "checksum" in value && typeof value.checksum === "string"
  );
}

export { addPart, isBusy, journalDirectory, journalName, listJournals, readJournal, removeJournal, startJournal };
//# sourceMappingURL=chunk-RBIQYZKN.js.map
