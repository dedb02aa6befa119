import { createHash } from "node:crypto";
import { type Check, type Finding, fail, ok } from "../check.ts";
import { type Exam, pathOf } from "../exam.ts";
import { describeAnswer, refused } from "../refused.ts";
import type { Answer } from "../send.ts";

/** Text, so that a proxy that compresses takes the bait. */
const content = Buffer.from("All work and no play makes an object store a dull place.\n".repeat(1000));
const md5 = createHash("md5").update(content).digest("hex");

/** Length, checksum and tag of an object are what clients verify downloads by. */
export const answers: Check = {
  name: "answers",
  title: "what answers say about an object",
  needs: ["permissions"],
  async run(exam) {
    const key = `${exam.prefix}answers.txt`;
    const put = await exam.put({ key, body: content, headers: { "content-type": "text/plain" } });
    if (put.status !== 200) {
      return await refused(exam, put, {
        detail: `A text of ${content.length} bytes is refused: ${describeAnswer(put)}.`,
        cure: "See what the proxy does with bodies.",
      });
    }
    const got = await read(exam, "GET", key);
    const head = await read(exam, "HEAD", key);
    return (
      judge(put, got, "GET") ?? judge(put, head, "HEAD") ?? judgeBody(got) ?? ok("Length, ETag and bytes survive.")
    );
  },
};

function read(exam: Exam, method: "GET" | "HEAD", key: string): Promise<Answer> {
  return exam.call({ method, path: pathOf(exam, key), unsigned: { "accept-encoding": "gzip, deflate, br" } });
}

function judge(put: Answer, { headers, status }: Answer, method: string): Finding | undefined {
  const { etag = "", "content-length": length, "content-encoding": encoding } = headers;
  if (status !== 200)
    return fail(`${method} of the object is answered with ${status}.`, "See what the proxy does with it.");
  if (encoding !== undefined) {
    return fail(
      `The answer to ${method} came compressed (${encoding}): its length and checksums are not those of the object.`,
      "Switch compression off for S3 (nginx: gzip off; Caddy: no encode; Cloudflare: no-transform).",
    );
  }
  if (etag.startsWith("W/")) {
    return fail(
      `The ETag of ${method} was weakened to ${etag}: clients compare it with the one of the upload.`,
      "Switch off in the proxy what changes bodies (nginx: gzip off, sub_filter, SSI).",
    );
  }
  if (etag !== put.headers.etag) {
    return fail(
      `The ETag of ${method} is ${etag || "missing"}, that of the upload was ${put.headers.etag ?? "missing"}.`,
      "Let the proxy pass on ETag (nginx: no etag off, no proxy_hide_header ETag), and answer from no cache.",
    );
  }
  if (length !== String(content.length)) {
    return fail(
      `Content-Length of ${method} is ${length ?? "missing"} instead of ${content.length}.`,
      "Let the proxy keep it: no compression, no filters, chunked_transfer_encoding only where the server sends chunks.",
    );
  }
  return undefined;
}

function judgeBody({ body, headers }: Answer): Finding | undefined {
  const isPlainTag = /^"[0-9a-f]{32}"$/.test(headers.etag ?? "");
  const same = createHash("md5").update(body).digest("hex") === md5;
  if (same) return undefined;
  return fail(
    `The bytes that come back are not those that were sent${isPlainTag ? ", though the ETag is" : ""}.`,
    "Switch off in the proxy what changes bodies: minifying, filters, rewriting of links.",
  );
}
