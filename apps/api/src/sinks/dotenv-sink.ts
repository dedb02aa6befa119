import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LinkRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import { renderVariables } from "../links/render-variables.ts";
import { type Sink, SinkError, type SinkTask } from "./sink.ts";

const maxFileBytes = 1024 * 1024;
/** A lock that is older was left by a process that has ended. */
const staleLockMs = 30_000;
const lockWaitMs = 10_000;
const lockLookMs = 50;

/** A file that applications and tools read their environment from. Only the lines between our marks are ours. */
export const dotenvSink: Sink = {
  async render(task, { link, service, project, variables }) {
    const file = await locate(task);
    const title = `${service.slug} for ${project.name} in ${link.environment}`;
    const lines = renderVariables(variables, "dotenv", "");
    const block = `${beginOf(link)} (${title}); what is changed here is lost\n${lines}${endOf(link)}\n`;
    await replaceBlock(file, link, block);
  },
  async clean(task, link) {
    await replaceBlock(await locate(task), link, "");
  },
};

const beginOf = ({ id }: LinkRecord) => `# >>> stave link ${id}`;
const endOf = ({ id }: LinkRecord) => `# <<< stave link ${id}`;

/** The file, whose folder is really below the one that the operator has named: links out of it are not followed. */
async function locate({ context, sink }: SinkTask): Promise<string> {
  const { sinksDirectory } = context.config;
  if (sinksDirectory === undefined) {
    throw new SinkError("The api was started without --sinks-dir.", { mayRetry: false });
  }
  const file = join(sinksDirectory, String(sink.settings.path));
  try {
    const [root, folder] = await Promise.all([realpath(sinksDirectory), realpath(dirname(file))]);
    if (folder === root || folder.startsWith(root + sep)) return join(folder, basename(file));
  } catch (cause) {
    throw new SinkError("The folder of the file is not there.", { mayRetry: false, cause });
  }
  throw new SinkError("The folder of the file is not below --sinks-dir.", { mayRetry: false });
}

async function replaceBlock(file: string, link: LinkRecord, block: string): Promise<void> {
  const release = await lock(`${join(dirname(file), `.${basename(file)}`)}.lock`);
  try {
    const before = await readExisting(file);
    if (before === undefined && block === "") return;
    const after = withBlock(before ?? "", link, block);
    if (after !== before) await writeAtomically(file, after);
  } catch (error) {
    if (error instanceof SinkError || error instanceof Problem) throw error;
    throw new SinkError(`The file could not be written: ${codeOf(error) ?? "unknown reason"}.`, {
      mayRetry: true,
      cause: error,
    });
  } finally {
    await release();
  }
}

/** The lines of others stay as they are, and ours where they were. */
function withBlock(text: string, link: LinkRecord, block: string): string {
  const lines = text.split(/(?<=\n)/);
  const begin = lines.findIndex((line) => line.startsWith(beginOf(link)));
  if (begin === -1) return text === "" || text.endsWith("\n") ? text + block : `${text}\n${block}`;
  const end = lines.findIndex((line, at) => at > begin && line.trimEnd() === endOf(link));
  if (end === -1) {
    throw new SinkError("The file has the beginning of this link's block and not its end: repair or remove it.", {
      mayRetry: false,
    });
  }
  return [...lines.slice(0, begin), block, ...lines.slice(end + 1)].join("");
}

async function readExisting(file: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (codeOf(error) === "ELOOP") throw new SinkError("The file is a symbolic link.", { mayRetry: false });
    throw error;
  }
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new SinkError("There is something else than a file.", { mayRetry: false });
    if (info.size > maxFileBytes) {
      throw new SinkError(`The file has more than ${maxFileBytes} bytes.`, { mayRetry: false });
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** Whoever reads the file sees all of the old or all of the new; after a power cut, too. */
async function writeAtomically(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  const scratch = join(folder, `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  const handle = await open(scratch, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await unlink(scratch);
    throw error;
  } finally {
    await handle.close();
  }
  await rename(scratch, file);
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Several links may write into one file, also from several processes. */
async function lock(file: string): Promise<() => Promise<void>> {
  for (const deadline = Date.now() + lockWaitMs; ; ) {
    try {
      await (await open(file, "wx", 0o600)).close();
      return () => unlink(file);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") {
        throw new SinkError(`The folder cannot be written to: ${codeOf(error) ?? "unknown reason"}.`, {
          mayRetry: true,
          cause: error,
        });
      }
    }
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > staleLockMs) await unlink(file).catch(() => {});
    else if (Date.now() > deadline) throw new SinkError("Somebody else is writing the file.", { mayRetry: true });
    else await sleep(lockLookMs);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
