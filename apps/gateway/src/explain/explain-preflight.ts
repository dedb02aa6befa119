import { headerOf } from "./redact-request.ts";
import type { RefusedRequest } from "./refused-request.ts";

/** Why a browser was told no before it sent the request of a page. Never empty. */
export function explainPreflight({ request, message, cors }: RefusedRequest): readonly string[] {
  const header = (name: string) => headerOf(request.rawHeaders, name);
  const origin = header("origin");
  const method = header("access-control-request-method");
  if (origin === undefined || method === undefined) {
    return ["This is an OPTIONS request without Origin or Access-Control-Request-Method: no browser asked it."];
  }
  if (message.includes("Bucket not found")) {
    return [
      "There is no bucket of this name: look at the address that the page uses, and at --domains of this server.",
    ];
  }
  if (cors === undefined) {
    return [`The bucket has no CORS rules, so no page may use it: put one that allows the origin "${origin}".`];
  }
  const headers = header("access-control-request-headers");
  const asked = headers === undefined ? `${method} from "${origin}"` : `${method} with ${headers} from "${origin}"`;
  return [
    `No CORS rule of the bucket allows ${asked}.`,
    ...cors.map((mismatch, at) => `Rule ${at + 1} has no ${mismatch} that fits.`),
    "Origins are compared letter by letter, with scheme and port and without a slash at the end; one * may stand for any text.",
  ];
}
