import { STATUS_CODES } from "node:http";
import type { FailedRequest } from "../errors/error-response.ts";
import type { S3Error } from "../errors/s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";

/** The error document of a website for people: what S3's XML says, as a page. */
export function websiteErrorPage(error: S3Error, { method, requestId, hostId }: FailedRequest): S3Response {
  const { status, code, message, elements } = error;
  if (status === 304) return { status, headers: { ...error.headers, ...safeHeaders } };
  const headers = {
    ...error.headers,
    ...safeHeaders,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "x-amz-error-code": code,
  };
  if (method === "HEAD") return { status, headers };
  const title = escapeHtml(`${status} ${STATUS_CODES[status] ?? ""}`.trim());
  const facts = { Code: code, Message: message, ...elements, RequestId: requestId, HostId: hostId };
  const lines = Object.entries(facts).map(([name, value]) => `<li>${escapeHtml(name)}: ${escapeHtml(value)}</li>\n`);
  const page = `<!DOCTYPE html>
<html>
<head><title>${title}</title></head>
<body>
<h1>${title}</h1>
<ul>
${lines.join("")}</ul>
</body>
</html>
`;
  return { status, headers, xml: page };
}

/** A browser must not guess that a text or an image is a page with scripts. */
export const safeHeaders = { "x-content-type-options": "nosniff" };

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.toWellFormed().replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
