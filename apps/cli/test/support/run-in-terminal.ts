import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { staveMain } from "./run-stave.ts";

const driver = fileURLToPath(new URL("terminal.py", import.meta.url));

export type TerminalRun = {
  readonly code: number;
  /** Both of its outputs, as somebody sees them: without colours. */
  readonly screen: string;
  /** With what moves the cursor. */
  readonly raw: string;
};

export type TerminalOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** What is typed, each when the question is there. */
  readonly typing?: readonly { readonly until: string; readonly type: string }[];
  readonly columns?: number;
  readonly timeoutMs?: number;
};

/** Runs the built command line in a real terminal, through the pty module of Python. */
export async function runInTerminal(args: readonly string[], options: TerminalOptions): Promise<TerminalRun> {
  const { env, cwd, typing = [], columns = 200, timeoutMs = 60_000 } = options;
  const child = spawn("python3", [driver], { stdio: ["pipe", "pipe", "inherit"] });
  let answer = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  const closed = new Promise<void>((resolve, reject) => {
    child.once("close", () => resolve());
    child.once("error", reject);
  });
  child.stdin.end(
    JSON.stringify({
      argv: [process.execPath, staveMain, ...args],
      env: { PATH: process.env.PATH, TERM: "xterm-256color", ...env },
      cwd,
      steps: typing,
      columns,
      timeoutMs,
    }),
  );
  await closed;
  const { code, output, isLate, untyped } = JSON.parse(answer);
  const screen = stripVTControlCharacters(output).replaceAll("\r\n", "\n").replaceAll("\r", "");
  if (isLate) throw new Error(`stave ${args.join(" ")} did not end in time:\n${screen}`);
  if (untyped.length > 0) throw new Error(`Nobody asked ${untyped.join(", ")}:\n${screen}`);
  return { code, screen, raw: output };
}
