import { CliError } from "../../command/cli-error.ts";
import { readXml, textOf, type XmlElement } from "../read-xml.ts";
import type { S3Answer } from "../s3-client.ts";
import { readFailure, s3Error } from "../s3-error.ts";

/** The document of an answer. One with `Error` in it is a refusal that came after the head of the answer was sent. */
export function readAnswer(answer: S3Answer, root: string, what: string): XmlElement {
  const element = readXml(answer.text);
  if (element?.name === root) return element;
  if (element?.name === "Error") throw s3Error(readFailure(answer), { what, from: "the server" });
  throw new CliError("Failed", `${what}: the answer is not one of S3.`, {
    why: `Expected the document ${root}, got ${element?.name ?? "something else"}. Something in between may have answered.`,
  });
}

export function numberOf(element: XmlElement, name: string): number {
  const text = textOf(element, name) ?? "";
  return /^\d{1,16}$/.test(text) ? Number(text) : 0;
}

export function dateOf(element: XmlElement, name: string): Date {
  const date = new Date(textOf(element, name) ?? "");
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

/** Without quotes. */
export function unquoted(etag: string | undefined): string {
  return etag?.replaceAll('"', "") ?? "";
}

/** Keys in lists are escaped where the server says so: else characters that XML does not have would be lost. */
export function unescapeListed(text: string, encodingType: string | undefined): string {
  if (encodingType !== "url") return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** Pages until the last one. A server that gives the same page for ever is refused. */
export function nextPage(
  element: XmlElement,
  current: string | undefined,
  name: string,
  what: string,
): string | undefined {
  if (textOf(element, "IsTruncated") !== "true") return undefined;
  const next = textOf(element, name);
  if (next === undefined || next === "" || next === current) {
    throw new CliError("Failed", `${what}: the list is cut off.`, { why: "The server does not say where it goes on." });
  }
  return next;
}
