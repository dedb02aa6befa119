import { Problem } from "../http/problem.ts";
import type { Variables } from "./link-variables.ts";

export type VariablesFormat = "dotenv" | "export" | "json" | "k8s";

/** Variables as a file. `name` is what the Secret of `k8s` is called. Throws a {@link Problem} for values that cannot be written. */
export function renderVariables(variables: Variables, format: VariablesFormat, name: string): string {
  if (format === "json") return `${JSON.stringify(variables, null, 2)}\n`;
  if (format === "k8s") return renderSecret(variables, name);
  const lines = Object.entries(variables).map(([variable, value]) => {
    if (/\p{Cc}/u.test(value)) {
      throw new Problem("UNPROCESSABLE", { detail: `The value of ${variable} has control characters.` });
    }
    return format === "dotenv" ? `${variable}=${quoteDotenv(value)}` : `export ${variable}=${quoteShell(value)}`;
  });
  return `${lines.join("\n")}\n`;
}

/** Bare where that is possible: readers of such files differ in what they take off. */
function quoteDotenv(value: string): string {
  if (/^[\w./:@%+=,-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`;
}

function quoteShell(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** What JSON writes as a string is one in YAML, too. */
function renderSecret(variables: Variables, name: string): string {
  const data = Object.entries(variables).map(([variable, value]) => `  ${variable}: ${JSON.stringify(value)}`);
  return [
    "apiVersion: v1",
    "kind: Secret",
    "metadata:",
    `  name: ${JSON.stringify(name)}`,
    "  labels:",
    '    app.kubernetes.io/managed-by: "stave"',
    "type: Opaque",
    "stringData:",
    ...data,
    "",
  ].join("\n");
}
