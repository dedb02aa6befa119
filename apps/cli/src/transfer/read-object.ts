import { once } from "node:events";
import type { Writable } from "node:stream";
import { createChecksum, createMd5 } from "@stave/s3-checksum";
import { networkError } from "../api/network-error.ts";
import { CliError } from "../command/cli-error.ts";
import { getObject } from "../s3/operations/get-object.ts";
import type { ObjectHead } from "../s3/operations/object-head.ts";
import { nameOf } from "../s3/s3-client.ts";
import type { SourceObject } from "./download-object.ts";
import type { TransferContext } from "./transfer-context.ts";
import { algorithms, isMd5, wholeChecksum } from "./verify-file.ts";

export type ReadOptions = {
  /** The first and the last byte; without the last: to the end. */
  readonly range?: readonly [from: number, to: number | undefined] | undefined;
};

const tries = 5;

/**
 * Writes the bytes of an object, as they come. A connection that is cut off is made again where it was left, of the same object. What was written
 * is checked at the end: when it is wrong, this fails, and whoever has read it has to be told.
 */
export async function readObject(
  source: SourceObject,
  output: Writable,
  { signal, onBytes }: Pick<TransferContext, "signal" | "onBytes">,
  { range }: ReadOptions = {},
): Promise<void> {
  const { client, bucket, key, versionId } = source;
  const [from = 0, to] = range ?? [];
  let done = 0;
  let first: ObjectHead | undefined;
  let check: ReturnType<typeof createCheck> | undefined;
  let last: number | undefined;
  for (let tried = 1; ; tried += 1) {
    const at = from + done;
    const isPart = range !== undefined || done > 0;
    const wanted = isPart ? ([at, to ?? last ?? Number.MAX_SAFE_INTEGER] as const) : undefined;
    try {
      const answer = await getObject(client, { bucket, key, versionId, range: wanted, ifMatch: first?.etag, signal });
      first ??= answer.head;
      last ??= first.sizeBytes - 1;
      check ??= isPart ? undefined : createCheck(first);
      for await (const chunk of answer.body) {
        check?.update(chunk);
        done += chunk.length;
        onBytes(chunk.length);
        if (!output.write(chunk)) await once(output, "drain", { signal });
      }
      const end = Math.min(to ?? last, last);
      if (from + done < end + 1) throw new Error("The body was cut off.");
      break;
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (tried >= tries || signal.aborted) throw networkError(error, { url: client.endpoint.url, signal });
    }
  }
  if (check?.isRight() === false) {
    throw new CliError("Failed", `${nameOf(source)}: what arrived is not what the server has a checksum of.`, {
      why: "What was written is not to be trusted.",
    });
  }
}

function createCheck(head: ObjectHead): { update(chunk: Buffer): void; isRight(): boolean } | undefined {
  const whole = wholeChecksum(head);
  if (whole !== undefined) {
    const checksum = createChecksum(algorithms[whole.name]);
    return { update: (chunk) => checksum.update(chunk), isRight: () => checksum.digest() === whole.value };
  }
  if (!isMd5(head.etag) || head.encryption !== undefined) return undefined;
  const md5 = createMd5();
  return { update: (chunk) => void md5.update(chunk), isRight: () => md5.digest().hex === head.etag };
}
