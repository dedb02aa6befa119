import { randomBytes } from "node:crypto";
import { Problem } from "../http/problem.ts";
import { type BackupStore, hashStored, readWhole, StoreError } from "./backup-store.ts";

const timeoutMs = 60_000;
/** More than one part of an upload. */
const largeBytes = 17 * 1024 ** 2;

/** Does what backups do: write, read, write in parts, list, delete. Nothing of it stays. Throws a {@link Problem} that says which of it failed. */
export async function tryDestination(store: BackupStore): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  const folder = `stave-test-${randomBytes(8).toString("hex")}`;
  const [small, large] = [`${folder}/small`, `${folder}/large`];
  const bytes = randomBytes(1024);
  const attempt = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw refused(what, error, signal.aborted);
    }
  };
  const remove = async () => {
    await store.remove([small, large], signal);
    for await (const _ of store.list(`${folder}/`, signal)) throw new StoreError("Refused", "It is still there.");
  };
  try {
    await attempt("Writing", () => store.write(small, bytes, signal));
    await attempt("Reading", async () => {
      const read = await readWhole(store, small, { maxBytes: bytes.length, signal });
      if (!read.equals(bytes)) throw new StoreError("Refused", "It gave back something else.");
    });
    await attempt("Writing in parts", async () => {
      const { sha256 } = await store.writeStream(large, noise(), { sizeBytes: largeBytes, signal });
      if ((await hashStored(store, large, signal)).sha256 !== sha256) {
        throw new StoreError("Refused", "It gave back something else.");
      }
    });
    await attempt("Listing", async () => {
      const names: string[] = [];
      for await (const name of store.list(`${folder}/`, signal)) names.push(name);
      if (names.toSorted().join() !== [large, small].toSorted().join()) {
        throw new StoreError("Refused", "It does not list what was written.");
      }
    });
  } catch (error) {
    await remove().catch(() => {}); // as well as it can be done: the first failure is what is told
    throw error;
  }
  await attempt("Deleting", remove);
}

/** No two pieces alike: some servers give back another part than the one that was sent. */
async function* noise(): AsyncGenerator<Uint8Array> {
  const pieceBytes = 1024 ** 2;
  for (let sent = 0; sent < largeBytes; sent += pieceBytes) yield randomBytes(pieceBytes);
}

function refused(what: string, error: unknown, isLate: boolean): Problem {
  if (error instanceof Problem) return error;
  if (isLate) return new Problem("UNPROCESSABLE", { detail: `${what} was not done within ${timeoutMs / 1000} s.` });
  const reason = error instanceof StoreError ? error.message : "It failed for an unknown reason.";
  return new Problem("UNPROCESSABLE", {
    detail: `${what} failed. ${reason}`,
    nextActions: ["Check where it is and the keys, and that they may list, read, write and delete there."],
    cause: error,
  });
}
