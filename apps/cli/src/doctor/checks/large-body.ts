import { createHash } from "node:crypto";
import { causeOfNetworkError } from "../../api/network-error.ts";
import { type Check, fail, ok, skipped } from "../check.ts";
import { pathOf } from "../exam.ts";
import { codeOf, describeAnswer, refused } from "../refused.ts";

const mebibyte = 1024 ** 2;
const sizeMib = 100;
const timeoutMs = 10 * 60_000;

/** Larger than what proxies let through by themselves. */
export const largeBody: Check = {
  name: "large-body",
  title: `a body of ${sizeMib} MiB`,
  needs: ["permissions"],
  async run(exam) {
    if (exam.isQuick) return skipped("Left out by --quick.");
    const key = `${exam.prefix}large`;
    const startedAt = exam.now().getTime();
    const headers = { "content-length": String(sizeMib * mebibyte) };
    const upload = { key, body: chunks, unsigned: headers, timeoutMs };
    const put = await exam.put(upload).catch((error: unknown) => {
      if (exam.signal.aborted) throw error;
      // Whoever hangs up in the middle is not heard: asked first, it may say why.
      return exam.put({ ...upload, isExpecting: true }).catch(() => causeOfNetworkError(error));
    });
    if (typeof put === "string") {
      return fail(
        `The upload was cut off: ${put}`,
        "Let the proxy take bodies of any size (nginx: client_max_body_size 0) for as long as they last (proxy_send_timeout, proxy_request_buffering off).",
      );
    }
    if (put.status === 413 && codeOf(put) === undefined) {
      return fail(
        "A proxy refuses it: 413.",
        "Let the proxy take bodies of any size (nginx: client_max_body_size 0; Cloudflare: the plan's limit, so not through it).",
      );
    }
    if (put.status !== 200) {
      return await refused(exam, put, {
        detail: `It is refused: ${describeAnswer(put)}.`,
        cure: "See whether the disk is full, or a quota or a limit of the server is reached.",
      });
    }
    const uploadedAt = exam.now().getTime();
    const got = await exam.call({ method: "GET", path: pathOf(exam, key), timeoutMs });
    if (got.sizeBytes !== sizeMib * mebibyte || got.sha256 !== expectedHash()) {
      return fail(
        `Of ${sizeMib * mebibyte} bytes, ${got.sizeBytes} came back, or others.`,
        "Let the proxy pass on long answers (nginx: proxy_buffering off, proxy_read_timeout).",
      );
    }
    const rate = (ms: number) => `${Math.round((sizeMib * 1000) / Math.max(1, ms))} MiB/s`;
    const now = exam.now().getTime();
    return ok(`It goes up with ${rate(uploadedAt - startedAt)}, and comes down with ${rate(now - uploadedAt)}.`);
  },
};

function* chunks(): Generator<Buffer> {
  const chunk = Buffer.alloc(mebibyte);
  for (let at = 0; at < sizeMib; at += 1) {
    // Each another one: what is stored once for all would prove nothing.
    const own = Buffer.from(chunk);
    own.writeUInt32BE(at);
    yield own;
  }
}

function expectedHash(): string {
  const hash = createHash("sha256");
  for (const chunk of chunks()) hash.update(chunk);
  return hash.digest("hex");
}
