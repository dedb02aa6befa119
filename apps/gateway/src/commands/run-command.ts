import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { usageError } from "../config.ts";
import { UsageError } from "../process/usage-error.ts";
import { accountsCommands } from "./accounts/accounts-commands.ts";
import { auditCommand } from "./audit-command.ts";
import { checkCommand } from "./check-command.ts";
import type { CommandGroup, CommandOutput, DataCommand } from "./command.ts";
import { encryptionCommands } from "./encryption/encryption-commands.ts";
import { eventsCommand } from "./events-command.ts";
import { keysCommands } from "./keys/keys-commands.ts";
import { lifecycleCommand } from "./lifecycle-command.ts";
import { projectsCommands } from "./projects/projects-commands.ts";
import { snapshotCommand } from "./snapshot-command.ts";
import { sweepCommand } from "./sweep-command.ts";
import { whyCommand } from "./why-command.ts";

const commands: readonly DataCommand<never>[] = [
  checkCommand,
  sweepCommand,
  snapshotCommand,
  lifecycleCommand,
  eventsCommand,
  auditCommand,
  whyCommand,
];
const groups: readonly CommandGroup[] = [keysCommands, accountsCommands, projectsCommands, encryptionCommands];

type Surroundings = { readonly env: NodeJS.ProcessEnv; readonly print: CommandOutput["print"] };

type CommonOptions = { readonly dataDir: string; readonly json: boolean };

/** Undefined when the arguments are for the server. Throws a {@link UsageError}, and what the command throws. */
export async function runCommand(
  [name, ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  print: CommandOutput["print"],
): Promise<number | undefined> {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return await run(command, args, { env, print });
  const group = groups.find((candidate) => candidate.name === name);
  return group && (await runOf(group, args, { env, print }));
}

async function runOf(group: CommandGroup, [name, ...args]: readonly string[], around: Surroundings): Promise<number> {
  if (name === "--help" || name === "-h") {
    await around.print(explain(group));
    return 0;
  }
  const command = group.commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return await run({ ...command, name: `${group.name} ${command.name}` }, args, around);
  const names = group.commands.map((candidate) => candidate.name).join(", ");
  const got = name === undefined || name.startsWith("-") ? "nothing" : JSON.stringify(name);
  throw new UsageError(`${group.name}: Expected one of ${names}, got ${got}. See --help.`);
}

function explain({ name, description, commands: members }: CommandGroup): string {
  const width = Math.max(...members.map((member) => member.name.length));
  const lines = members.map(
    (member) => `  stave-gateway ${name} ${member.name.padEnd(width)}  ${member.description}\n`,
  );
  return `${description}\n\n${lines.join("")}\nEach has its own --help.\n`;
}

async function run(
  { name, description, addOptions, run: work }: DataCommand<never>,
  args: readonly string[],
  { env, print }: Surroundings,
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
  addOptions?.(command, env);
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
  const { dataDir, json, ...options } = command.opts<CommonOptions>();
  if (dataDir === "") throw new UsageError("--data-dir: Expected a value. See --help.");
  const output = { json, print, args: command.args };
  // Each command has declared its options itself, so they are what it takes.
  const { report, text, exitCode } = await work(resolve(dataDir), options as never, output);
  if (json && report !== undefined) await print(`${JSON.stringify(report, undefined, 2)}\n`);
  if (!json && text !== undefined) await print(text);
  return exitCode;
}
