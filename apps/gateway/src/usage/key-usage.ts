import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { type CountedKey, countsOf, type KeyCounts, maxCountedKeys, noCounts } from "./key-tally.ts";

export type KeyUsagePage = {
  /** Counting began then. */
  readonly since: string;
  /** By name. */
  readonly keys: readonly { readonly name: string; readonly counts: KeyCounts }[];
  readonly isTruncated: boolean;
};

export type KeyUsageQuery = { readonly limit: number; readonly after?: string };

/** What all processes of a server have counted, over restarts. */
export interface KeyUsage {
  add(counted: readonly CountedKey[]): void;
  list(query: KeyUsageQuery): KeyUsagePage;
  /** Resolves when what was added is on the disk. Does nothing when nothing was. */
  save(): Promise<void>;
}

export interface KeyUsageOptions {
  readonly dataDirectory: string;
  readonly now: () => Date;
  /** @default 10,000; the rest is counted together */
  readonly maxKeys?: number;
}

const fileName = "key-usage.json";

/** Begins with what was saved; without that, or when it cannot be read, with nothing. */
export async function openKeyUsage({
  dataDirectory,
  now,
  maxKeys = maxCountedKeys,
}: KeyUsageOptions): Promise<KeyUsage> {
  const file = join(dataDirectory, fileName);
  const { since = now().toISOString(), keys } = await readSaved(file);
  const counted = new Map(keys);
  let hasChanged = false;
  let saving: Promise<void> = Promise.resolve();
  return {
    add(more) {
      for (const [name, counts] of more) {
        const total = countsOf(counted, name, maxKeys);
        for (const field of fields) total[field] += counts[field];
        hasChanged = true;
      }
    },
    list({ limit, after }) {
      const names = [...counted.keys()].filter((name) => after === undefined || name > after).sort();
      const keysOfPage = names.slice(0, limit).map((name) => ({ name, counts: counted.get(name) ?? noCounts() }));
      return { since, keys: keysOfPage, isTruncated: names.length > limit };
    },
    save() {
      // One after the other: two would write the same file.
      saving = saving
        .catch(() => {})
        .then(async () => {
          if (!hasChanged) return;
          hasChanged = false;
          const handle = await open(`${file}.new`, "w", 0o600);
          await handle.writeFile(`${JSON.stringify({ since, keys: [...counted] })}\n`).finally(() => handle.close());
          await rename(`${file}.new`, file);
        });
      return saving;
    },
  };
}

const fields = Object.keys(noCounts()) as readonly (keyof KeyCounts)[];

type Saved = { readonly since?: string; readonly keys: readonly CountedKey[] };

async function readSaved(file: string): Promise<Saved> {
  try {
    const { since, keys }: { readonly since?: unknown; readonly keys?: unknown } = JSON.parse(
      await readFile(file, "utf8"),
    );
    if (typeof since !== "string" || !Array.isArray(keys) || !keys.every(isCountedKey)) return { keys: [] };
    return { since, keys };
  } catch {
    return { keys: [] }; // not there yet, or damaged: nothing depends on it
  }
}

function isCountedKey(value: unknown): value is CountedKey {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const counts: unknown = value[1];
  if (typeof counts !== "object" || counts === null) return false;
  return fields.every((field) => field in counts && Number.isFinite((counts as Record<string, unknown>)[field]));
}
