import { type Check, fail, ok } from "../check.ts";
import { type Exam, pathOf } from "../exam.ts";
import { describeAnswer, refused } from "../refused.ts";

/** What SDKs sign, one at a time: a proxy that changes it breaks the signature. */
const signed: readonly { readonly name: string; readonly value: string; readonly cure: string }[] = [
  {
    name: "accept-encoding",
    value: "gzip;q=0.1, identity",
    cure: 'Let the proxy pass on Accept-Encoding as it came (nginx: remove proxy_set_header Accept-Encoding "").',
  },
  { name: "range", value: "bytes=0-3", cure: "Let the proxy pass on Range (nginx: no proxy_cache or slice for S3)." },
  { name: "if-modified-since", value: "Sat, 01 Jan 2000 00:00:00 GMT", cure: "Let the proxy pass on conditions." },
  { name: "user-agent", value: "stave-doctor", cure: "Let the proxy pass on User-Agent as it came." },
];

/** Names and values of metadata as people choose them. */
const metadata: readonly { readonly name: string; readonly value: string; readonly cure: string }[] = [
  { name: "x-amz-meta-doctor", value: "plain", cure: "Let the proxy pass on all headers that begin with x-amz-." },
  {
    name: "x-amz-meta-with_underscore",
    value: "plain",
    cure: "Let the proxy take names with an underscore (nginx: underscores_in_headers on).",
  },
  { name: "cache-control", value: "max-age=60", cure: "Let the proxy pass on Cache-Control of requests." },
  { name: "content-type", value: "text/plain; charset=utf-8", cure: "Let the proxy pass on Content-Type as it came." },
];

export const headers: Check = {
  name: "headers",
  title: "signed headers",
  needs: ["permissions"],
  async run(exam) {
    const key = `${exam.prefix}headers`;
    for (const { name, value, cure } of metadata) {
      const put = await exam.put({ key, body: Buffer.from("0123456789"), headers: { [name]: value } });
      if (put.status !== 200) return await brokenBy(exam, put, { name, cure });
      const got = await exam.call({ method: "HEAD", path: pathOf(exam, key) });
      if (got.headers[name] !== value) {
        return fail(`${name} does not come back: "${got.headers[name] ?? ""}" instead of "${value}".`, cure);
      }
    }
    for (const { name, value, cure } of signed) {
      const got = await exam.call({ method: "GET", path: pathOf(exam, key), headers: { [name]: value } });
      if (got.status >= 300) return await brokenBy(exam, got, { name, cure });
      if (name === "range" && (got.status !== 206 || got.body.toString() !== "0123")) {
        return fail(`Range is not heeded: ${got.status} with ${got.sizeBytes} bytes instead of 206 with 4.`, cure);
      }
    }
    return ok("They arrive as they were sent, and metadata comes back.");
  },
};

function brokenBy(
  exam: Exam,
  answer: Parameters<typeof refused>[1],
  { name, cure }: { readonly name: string; readonly cure: string },
) {
  return refused(exam, answer, {
    detail: `A request with ${name} signed is refused: ${describeAnswer(answer)}. Without it, it was not.`,
    cure,
  });
}
