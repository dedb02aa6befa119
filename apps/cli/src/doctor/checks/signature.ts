import { type Check, type Finding, fail, ok } from "../check.ts";
import { readErrorDocument } from "../error-document.ts";
import type { Exam } from "../exam.ts";
import { proxyOf, refused } from "../refused.ts";
import type { Answer } from "../send.ts";

/** The simplest request that is signed: what breaks it breaks everything. */
export const signature: Check = {
  name: "signature",
  title: "a signed request",
  needs: ["reachable", "key"],
  async run(exam) {
    const path = exam.bucket === undefined ? "/" : `/${exam.bucket}?list-type=2&max-keys=1`;
    const answer = await exam.call({ method: "GET", path });
    const code = readErrorDocument(answer.body)?.code;
    const accepted = ok("The signature in the Authorization header is accepted.");
    if (answer.status < 300 || code === "NoSuchBucket") return accepted;
    // A key that may do little has proved itself, too: but so is refused who has no signature at all.
    if (code === "AccessDenied") return (await isLookedAt(exam, path)) ? accepted : lost;
    return await explain(exam, answer, code);
  },
};

const lost = fail(
  "It is refused as if it had no signature: a wrong one makes no difference.",
  "Let the proxy pass on the Authorization header, and all that begin with x-amz- (it may ask for a password of its own).",
);

/** Whether a wrong signature is told from none. */
async function isLookedAt(exam: Exam, path: string): Promise<boolean> {
  const secretAccessKey = "A".repeat(40);
  const key = exam.key && { ...exam.key, secretAccessKey };
  const answer = await exam.call({ method: "GET", path, ...(key !== undefined && { key }) });
  return readErrorDocument(answer.body)?.code !== "AccessDenied";
}

async function explain(exam: Exam, answer: Answer, code: string | undefined): Promise<Finding> {
  const detail = `It is refused: ${answer.status} ${code ?? "without a document of S3"}.`;
  if (code === "InvalidAccessKeyId") {
    return await refused(exam, answer, {
      detail: `The server does not know the key ${exam.key?.accessKeyId}.`,
      cure: "See whether it was revoked, has expired, or is of another server.",
    });
  }
  if (code === "RequestTimeTooSkewed") {
    return await refused(exam, answer, { detail, cure: "Set the clocks of both machines by NTP." });
  }
  if (code === "SignatureDoesNotMatch")
    return await refused(exam, answer, { detail, cure: mismatchCure(exam, answer) });
  return await refused(exam, answer, {
    detail,
    cure: "See whether the proxy keeps the Authorization header, and all that begin with x-amz-.",
  });
}

/** The secret, or a proxy that says another host or path than was signed. */
function mismatchCure({ endpoint }: Exam, answer: Answer): string {
  const { host, pathname } = new URL(endpoint);
  const proxy = proxyOf(answer);
  const keep = `let the proxy pass on Host: ${host} as it came (nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On), or tell the server of the name (--public-hosts ${host})`;
  const path = pathname === "/" ? "" : `, and the path ${pathname} in front`;
  if (proxy !== undefined) return `A proxy (${proxy}) answers: ${keep}${path}. If it does, the secret key is wrong.`;
  return `If a proxy is in between, ${keep}${path}. Else the secret key is wrong: set it again, without blanks or line breaks.`;
}
