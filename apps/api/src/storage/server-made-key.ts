import { randomBytes } from "node:crypto";

const maxBaseLength = 32;
const maxExtensionLength = 16;

/** `report-1893456000000-k3x9….pdf`: says what it is, sorts by time within a name, and cannot be guessed. */
export function serverMadeKey(filename: string, now: Date): string {
  const name = filename.split(/[/\\]/).at(-1) ?? "";
  const dot = name.lastIndexOf(".");
  const [base, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot + 1)] : [name, ""];
  const suffix = keepSafe(extension).slice(0, maxExtensionLength);
  const random = randomBytes(12).toString("base64url");
  return `${keepSafe(base).slice(0, maxBaseLength) || "file"}-${now.getTime()}-${random}${suffix && `.${suffix}`}`;
}

function keepSafe(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/[^\w-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}
