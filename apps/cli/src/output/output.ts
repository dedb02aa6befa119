import type { Writable } from "node:stream";
import { styleText } from "node:util";
import type { CliError } from "../command/cli-error.ts";
import { formatError } from "./format-error.ts";

/** Where a command says what it has found (stdout), and how it goes (stderr). Nobody else writes. */
export type Output = {
  readonly isJson: boolean;
  /** Times as they are, not how long ago. */
  readonly isAbsolute: boolean;
  /** Somebody watches stderr: progress and questions are for them. */
  readonly isTerminal: boolean;
  /** The one answer of a command: as JSON, or for people. */
  result(data: unknown, render: () => string): void;
  /** One of many answers, one line each. */
  item(data: unknown, render: () => string): void;
  /** A list: a table for people, or a sentence on stderr when it is empty. */
  list<Row>(rows: readonly Row[], options: { readonly render: () => string; readonly empty: string }): void;
  /** The bytes of a file, as they are. */
  readonly raw: Writable;
  /** Lines that stand below everything else until others take their place; only on a terminal. None: they go. */
  status(lines: readonly string[]): void;
  /** For people, unless they want quiet. */
  note(text: string): void;
  /** Told even when quiet. */
  warn(text: string): void;
  /** For who looks for the fault. */
  debug(text: string): void;
  failed(error: CliError): void;
  bold(text: string): string;
  dim(text: string): string;
};

export type OutputOptions = {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly isDebug: boolean;
  readonly isAbsolute: boolean;
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
};

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, isJson, isQuiet, isDebug, isAbsolute, isTerminal, hasColor } = options;
  let shown = 0;
  /** What is said goes above the status, which is shown again by whoever shows it. */
  const say = (text: string) => {
    stderr.write(`${clearLines(shown)}${text}`);
    shown = 0;
  };
  const style = (format: "bold" | "dim", text: string) =>
    hasColor ? styleText(format, text, { validateStream: false }) : text;
  const result: Output["result"] = (data, render) => {
    if (shown > 0) say("");
    stdout.write(isJson ? `${JSON.stringify(data, null, 2)}\n` : render());
  };
  return {
    isJson,
    isAbsolute,
    isTerminal,
    raw: stdout,
    result,
    item(data, render) {
      if (shown > 0) say("");
      stdout.write(isJson ? `${JSON.stringify(data)}\n` : render());
    },
    list(rows, { render, empty }) {
      if (!isJson && rows.length === 0) say(`${empty}\n`);
      else result(rows, render);
    },
    status(lines) {
      if (!isTerminal || isQuiet) return;
      say(lines.map((line) => `${line}\n`).join(""));
      shown = lines.length;
    },
    note(text) {
      if (!isQuiet) say(`${text}\n`);
    },
    warn(text) {
      say(`warning: ${text}\n`);
    },
    debug(text) {
      if (isDebug) say(`${style("dim", `debug: ${text}`)}\n`);
    },
    failed(error) {
      say(formatError(error, { isJson, isDebug, bold: (text) => style("bold", text) }));
    },
    bold: (text) => style("bold", text),
    dim: (text) => style("dim", text),
  };
}

/** The cursor goes up, and what is below it away. */
function clearLines(count: number): string {
  return count === 0 ? "" : `\x1b[${count}A\x1b[J`;
}
