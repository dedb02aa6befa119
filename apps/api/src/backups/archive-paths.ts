import { hash } from "node:crypto";

/** What file systems take as one name. */
const maxSegmentBytes = 240;
const keptBytes = 160;

/**
 * A key as a path that stays below its folder on every system, and that no other key has: `%` and what is odd in a name is escaped, also empty
 * segments and dots; a segment that is too long ends in its hash. Which key it is of stands in the manifest.
 */
export function archivePath(key: string): string {
  return key.split("/").map(segment).join("/");
}

/** For a key that is a folder, too: `a` where there is `a/b`. A bare `%` stands nowhere else. */
export function besideFolder(path: string): string {
  return `${path}%`;
}

function segment(text: string): string {
  if (text === "") return "%2F";
  if (/^\.+$/.test(text)) return text.replaceAll(".", "%2E");
  // Trailing dots and blanks vanish on some systems.
  const safe = escapeOdd(text).replace(/[. ]+$/, (end) => escapeAll(end));
  const bytes = Buffer.from(safe);
  if (bytes.length <= maxSegmentBytes) return safe;
  const begin = safe.slice(0, keptBytes).replace(/%[\dA-F]?$/, "");
  return `${Buffer.from(begin).subarray(0, keptBytes).toString("utf8").replaceAll("\ufffd", "")}%~${hash("sha256", text).slice(0, 32)}`;
}

function escapeOdd(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return text.replace(/[%\u0000-\u001f\u007f\\:*?"<>|]/g, escapeAll);
}

function escapeAll(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
