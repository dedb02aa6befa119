import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { usageError } from "../config.ts";
import { UsageError } from "../process/usage-error.ts";
import { checkCommand } from "./check-command.ts";
import type { CommandOutput, DataCommand } from "./command.ts";
import { eventsCommand } from "./events-command.ts";
import { lifecycleCommand } from "./lifecycle-command.ts";
import { snapshotCommand } from "./snapshot-command.ts";
import { sweepCommand } from "./sweep-command.ts";
import { whyCommand } from "./why-command.ts";

type Print = CommandOutput["print"];

type CommonOptions = { readonly dataDir: string; readonly json: boolean };

/** Undefined when the arguments are for the server. Throws a {@link UsageError}, and what the command throws. */
export async function runCommand(
  [name, ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  print: Print,
): Promise<number | undefined> {
  if (name === checkCommand.name) return await run(checkCommand, args, { env, print });
  if (name === sweepCommand.name) return await run(sweepCommand, args, { env, print });
  if (name === eventsCommand.name) return await run(eventsCommand, args, { env, print });
  if (name === snapshotCommand.name) return await run(snapshotCommand, args, { env, print });
  if (name === lifecycleCommand.name) return await run(lifecycleCommand, args, { env, print });
  if (name === whyCommand.name) return await run(whyCommand, args, { env, print });
  return undefined;
}

async function run<Options>(
  { name, description, addOptions, run: work }: DataCommand<Options>,
  args: readonly string[],
  { env, print }: { readonly env: NodeJS.ProcessEnv; readonly print: Print },
): Promise<number> {
  let help = "";
  const command = new Command(`stave-gateway ${name}`)
    .description(description)
    .helpOption("-h, --help", "show this text")
    .allowExcessArguments(false)
    .option("--data-dir <dir>", "the data directory [STAVE_DATA_DIR]", env.STAVE_DATA_DIR || "./stave-data")
    .option("--json", "print the report as JSON", false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
    });
  addOptions?.(command);
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) {
      await print(help);
      return 0;
    }
    throw usageError(error);
  }
  const { dataDir, json, ...options } = command.opts<CommonOptions & Options>();
  if (dataDir === "") throw new UsageError("--data-dir: Expected a value. See --help.");
  const { report, text, exitCode } = await work(resolve(dataDir), options as Options, {
    json,
    print,
    args: command.args,
  });
  if (json && report !== undefined) await print(`${JSON.stringify(report, undefined, 2)}\n`);
  if (!json && text !== undefined) await print(text);
  return exitCode;
}
