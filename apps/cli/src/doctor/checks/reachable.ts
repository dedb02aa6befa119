import { type Check, fail, ok } from "../check.ts";
import { readErrorDocument } from "../error-document.ts";
import type { Exam } from "../exam.ts";
import type { Answer } from "../send.ts";

/** Anything that is S3 answers a request without a signature with a refusal of S3's, or with 200. */
export const reachable: Check = {
  name: "reachable",
  title: "the endpoint",
  needs: ["tls"],
  async run(exam) {
    const answer = await exam.ask({ method: "GET", path: "/", timeoutMs: 15_000 });
    const { location = "" } = answer.headers;
    if (answer.status >= 300 && answer.status < 400) {
      return fail(
        `It answers ${answer.status} and sends clients to ${location || "nowhere"}.`,
        isOtherScheme(exam, location)
          ? `Use ${originOf(location)} as the endpoint: requests that are signed do not follow redirects.`
          : "Use the address that it sends to as the endpoint, or let the proxy pass requests on instead of redirecting them.",
      );
    }
    if (answer.status >= 502 && answer.status <= 504) {
      return fail(
        `It answers ${answer.status}: a proxy listens there, but not the server behind it.`,
        "Start the server, and see whether the address in the proxy is its own.",
      );
    }
    if (!isS3(answer)) {
      return fail(
        `It answers ${answer.status}, but not as S3 does.`,
        "See whether the address and the port are those of S3, not of a web page or of the API, and whether a path belongs to it.",
      );
    }
    return ok(`${exam.endpoint} answers as S3 does.`);
  },
};

function isS3({ status, headers, body }: Answer): boolean {
  if (headers["x-amz-request-id"] !== undefined || readErrorDocument(body) !== undefined) return true;
  return status === 200 && /<ListAllMyBucketsResult/.test(body.toString("utf8"));
}

function isOtherScheme({ endpoint }: Exam, location: string): boolean {
  return endpoint.startsWith("http:") && location.startsWith("https:");
}

function originOf(location: string): string {
  return URL.parse(location)?.origin ?? location;
}
