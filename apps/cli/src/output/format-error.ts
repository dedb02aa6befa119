import type { CliError } from "../command/cli-error.ts";
import { printable } from "./printable.ts";

type Looks = { readonly isJson: boolean; readonly isDebug: boolean; bold(text: string): string };

/** What failed, why, and what to do next: lines for people, one document for scripts. */
export function formatError(error: CliError, { isJson, isDebug, bold }: Looks): string {
  if (isJson) return `${JSON.stringify(error.problem ?? toProblem(error))}\n`;
  const { message, why, next, requestId, serverCode } = error;
  const lines = [
    `${bold("error:")} ${printable(message)}${serverCode === undefined ? "" : `  [${printable(serverCode)}]`}`,
    ...(why === undefined ? [] : [`  why:  ${printable(why)}`]),
    ...next.map((action, at) => `  ${at === 0 ? "next: " : "      "}${printable(action)}`),
    ...(requestId === undefined ? [] : [`  request ${printable(requestId)}`]),
  ];
  if (isDebug) lines.push(...stackOf(error));
  return `${lines.join("\n")}\n`;
}

/** As the API would say it (RFC 9457), for what never reached it; what an S3 server has refused has its code. */
function toProblem({ code, message, why, next, requestId, serverCode }: CliError): Readonly<Record<string, unknown>> {
  return {
    type: "about:blank",
    title: message,
    ...(why !== undefined && { detail: why }),
    code: serverCode ?? code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase(),
    ...(requestId !== undefined && { requestId }),
    ...(next.length > 0 && { nextActions: next }),
  };
}

function stackOf(error: Error): readonly string[] {
  const cause = error.cause instanceof Error ? ["caused by:", ...stackOf(error.cause)] : [];
  return [...(error.stack ?? String(error)).split("\n").map(printable), ...cause];
}
