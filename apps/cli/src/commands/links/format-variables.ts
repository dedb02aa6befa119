import { printable } from "../../output/printable.ts";

export type Variables = Readonly<Record<string, string>>;

/** What the API answers in the place of a secret. */
export const maskedValue = "***";

/** Masked variables. Those with secrets are written by the server: what is shown is what applications get. */
export function formatVariables(variables: Variables, format: "dotenv" | "export" | "json"): string {
  if (format === "json") return `${JSON.stringify(variables, null, 2)}\n`;
  const lines = Object.entries(variables).map(([name, value]) =>
    format === "export"
      ? `export ${name}='${printable(value).replaceAll("'", String.raw`'\''`)}'\n`
      : `${name}=${printable(value)}\n`,
  );
  return lines.join("");
}
