import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/** Remembers, over restarts, up to when lifecycle rules were carried out. */
export interface LifecycleRecord {
  /** When the last run that did everything that was due began; undefined when nobody knows. */
  read(): Promise<Date | undefined>;
  /** Resolves when it is on the disk. */
  write(startedAt: Date): Promise<void>;
}

const fileName = "lifecycle.json";

/** Kept in the data directory. Without it, or when it cannot be read, a run is only one too many. */
export function createLifecycleRecord(dataDirectory: string): LifecycleRecord {
  const file = join(dataDirectory, fileName);
  return {
    async read() {
      try {
        const { lastRunStartedAt }: { readonly lastRunStartedAt?: unknown } = JSON.parse(await readFile(file, "utf8"));
        const date = new Date(typeof lastRunStartedAt === "string" ? lastRunStartedAt : Number.NaN);
        return Number.isNaN(date.getTime()) ? undefined : date;
      } catch {
        return undefined; // not there yet, or damaged
      }
    },
    async write(startedAt) {
      const written = `${file}.new`;
      const handle = await open(written, "w", 0o600);
      try {
        await handle.writeFile(`${JSON.stringify({ lastRunStartedAt: startedAt.toISOString() })}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(written, file);
      const directory = await open(dataDirectory, "r");
      await directory.sync().finally(() => directory.close());
    },
  };
}
