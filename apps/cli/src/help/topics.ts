import { type CliErrorCode, exitCodes } from "../command/cli-error.ts";
import { globalOptions } from "../command/create-program.ts";

type Row = readonly [name: string, meaning: string];

export type Topic = { readonly name: string; readonly title: string; readonly rows: readonly Row[] };

const meanings: Readonly<Record<CliErrorCode, string>> = {
  Failed: "it did not work; of a transfer: at least one object failed",
  Usage: "the command line is wrong",
  Network: "nobody answered; trying again may help",
  Unauthenticated: "not signed in",
  Forbidden: "not permitted",
  NotFound: "there is no such thing",
  Conflict: "it is not in a state for that",
  NotSupported: "this server cannot do that, or what it takes is not installed",
  Interrupted: "Ctrl-C, or a question answered with no",
};

const exitCodeRows: readonly Row[] = [
  ["0", "done"],
  ...Object.entries(Object.groupBy(Object.keys(meanings) as CliErrorCode[], (code) => exitCodes[code])).map(
    ([number, codes = []]): Row => [number, codes.map((code) => meanings[code]).join(", or ")],
  ),
];

const environmentRows: readonly Row[] = [
  ["STAVE_URL", "the Stave that is meant"],
  ["STAVE_TOKEN", "a token for it, without signing in"],
  ["STAVE_CONTEXT", "one that was signed in to"],
  ["STAVE_CONFIG_DIR", "where contexts are kept (default ~/.stave)"],
  ["STAVE_OUTPUT", "json: as --json"],
  ["AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY", "the key of commands for objects"],
  ["AWS_SESSION_TOKEN", "with a temporary key"],
  ["AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL", "the S3 server of commands for objects"],
  ["AWS_REGION", "what requests for objects are signed for"],
  ["AWS_PROFILE", "a profile of ~/.aws for commands for objects"],
  ["NO_COLOR, FORCE_COLOR, TERM=dumb", "whether there is colour"],
  ["CI", "set: nothing is asked, and no progress is shown"],
  ["NODE_EXTRA_CA_CERTS", "a file with authorities of your own, for TLS"],
];

/** `stave help TOPIC` */
export const topics: readonly Topic[] = [
  { name: "options", title: "Options of every command", rows: globalOptions },
  { name: "environment", title: "Environment variables", rows: environmentRows },
  { name: "exit-codes", title: "Exit codes", rows: exitCodeRows },
];

const width = 80;
const indent = "  ";

/** For a terminal. Long names stand on a line of their own. */
export function formatTopic({ title, rows, name }: Topic): string {
  const widest = Math.max(...rows.map(([term]) => term.length).filter((length) => length <= width / 3));
  const isNumeric = name === "exit-codes";
  const lines = rows.flatMap(([term, meaning]) => {
    if (term.length > widest) return [`${indent}${term}`, `${indent}${" ".repeat(widest)}${indent}${meaning}`];
    return [`${indent}${isNumeric ? term.padStart(widest) : term.padEnd(widest)}${indent}${meaning}`];
  });
  return [title, "", ...lines, ""].join("\n");
}
