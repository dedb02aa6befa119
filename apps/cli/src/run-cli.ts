import { CliError, exitCodes } from "./command/cli-error.ts";
import { type Chosen, chooseUntouched, createProgram, parserError } from "./command/create-program.ts";
import { createPrompts } from "./command/prompts.ts";
import { commandTree } from "./commands/index.ts";
import { formatTopic, topics } from "./help/topics.ts";
import { createOutput, type Output } from "./output/output.ts";
import { readSettings } from "./settings/read-settings.ts";
import { version } from "./version.ts";

export type CliProcess = {
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
};

/** One call of `stave`. Resolves to its exit code. */
export async function runCli(args: readonly string[], io: CliProcess): Promise<number> {
  const isJson = args.includes("--json") || io.environment.STAVE_OUTPUT === "json";
  if (args[0] === "__complete") {
    const { answerCompletion } = await import("./completion/answer-completion.ts");
    io.stdout.write(await answerCompletion(commandTree, wordsToComplete(args.slice(1)), io));
    return 0;
  }
  const early = createOutput({ ...looksOf({ isJson }, io), isJson });
  let chosen: Chosen | undefined;
  try {
    const answered = answerWithoutCommand(args);
    if (answered !== undefined) {
      io.stdout.write(answered);
      return 0;
    }
    chosen = choose(args, io);
  } catch (error) {
    return fail(error, early);
  }
  if (chosen === undefined) return 0;
  return await run(chosen, io);
}

/** Where a shell loses an empty word, its script says the last one in front: `--last=`. */
function wordsToComplete([first = "", ...words]: readonly string[]): readonly string[] {
  return first.startsWith("--last=") ? [...words, first.slice("--last=".length)] : [first, ...words];
}

/** What needs no command. */
function answerWithoutCommand(args: readonly string[]): string | undefined {
  const [first, second] = args;
  const topic = first === "help" ? topics.find(({ name }) => name === second) : undefined;
  return topic && formatTopic(topic);
}

/** Undefined: help was asked for, and printed. */
function choose(args: readonly string[], { stdout }: CliProcess): Chosen | undefined {
  const untouched = chooseUntouched(commandTree, args);
  if (untouched !== undefined) return untouched;
  let chosen: Chosen | undefined;
  const program = createProgram(commandTree, (found) => {
    chosen = found;
  });
  program.configureOutput({ writeOut: (text) => stdout.write(text) });
  const wanted = args[0] === "help" ? [...args.slice(1), "--help"] : args;
  try {
    program.parse(wanted.length === 0 ? ["--help"] : [...wanted], { from: "user" });
  } catch (error) {
    const refused = parserError(error, commandTree, wanted);
    if (refused !== undefined) throw refused;
  }
  return chosen;
}

async function run({ command, arguments: given, options, globals }: Chosen, io: CliProcess): Promise<number> {
  const { environment, stdin, stderr, signal } = io;
  const isJson = globals.json === true || environment.STAVE_OUTPUT === "json";
  const isDebug = globals.debug === true;
  const isYes = globals.yes === true;
  const isQuiet = globals.quiet === true;
  const output = createOutput({
    ...looksOf(globals, io),
    isJson,
    isQuiet,
    isDebug,
    isAbsolute: globals.absolute === true,
  });
  const closing: (() => Promise<void>)[] = [];
  try {
    const settings = await readSettings(
      { url: asText(globals.url), context: asText(globals.context) },
      { environment, directory: io.directory },
    );
    const canAsk =
      stdin.isTTY === true && stderr.isTTY === true && globals.input !== false && !isSet(environment.CI) && !isJson;
    const start = await command.load();
    await start({
      arguments: given,
      options,
      globals: { isJson, isQuiet, isDebug, isYes },
      output,
      prompts: createPrompts({ canAsk, isYes }),
      settings,
      environment,
      stdin,
      now: () => new Date(),
      signal,
      async api() {
        // Loaded when it is needed: the help is not to wait for an HTTP client.
        const { createApiClient } = await import("./api/api-client.ts");
        const client = createApiClient({
          url: settings.url.value,
          token: settings.token?.value,
          userAgent: `stave/${version}`,
          output,
          signal,
        });
        closing.push(() => client.close());
        return client;
      },
    });
    return 0;
  } catch (error) {
    if (signal.aborted && !(error instanceof CliError && error.code === "Interrupted")) {
      return fail(new CliError("Interrupted", "Interrupted.", { cause: error }), output);
    }
    return fail(withExample(error, command), output);
  } finally {
    await Promise.all(closing.map((close) => close()));
  }
}

/** What is wrong with a command line is told with one that is right. */
function withExample(error: unknown, { name, examples }: Chosen["command"]): unknown {
  if (!(error instanceof CliError) || error.code !== "Usage" || error.problem !== undefined || error.next.length > 0)
    return error;
  return error.withNext([`stave ${examples[0]}`, `stave ${name} --help`]);
}

function fail(error: unknown, output: Output): number {
  const known =
    error instanceof CliError
      ? error
      : new CliError("Failed", error instanceof Error ? error.message : String(error), {
          why: "This is a mistake of stave itself.",
          next: ["run it again with --debug, and report what it prints"],
          cause: error,
        });
  if (!known.isTold) output.failed(known);
  return exitCodes[known.code];
}

/** How it may look: colour and progress for who watches. */
function looksOf(globals: Readonly<Record<string, unknown>>, { environment, stdout, stderr }: CliProcess) {
  const isForced = isSet(environment.FORCE_COLOR) && environment.FORCE_COLOR !== "0";
  const isOff = isSet(environment.NO_COLOR) || environment.TERM === "dumb" || globals.color === false;
  return {
    stdout,
    stderr,
    isJson: globals.isJson === true,
    isQuiet: false,
    isDebug: false,
    isAbsolute: false,
    isTerminal: stderr.isTTY === true && globals.progress !== false && !isSet(environment.CI),
    hasColor: !isOff && (isForced || stderr.isTTY === true),
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
