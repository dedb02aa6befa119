import { userInfo } from "node:os";
import { resolve } from "node:path";
import { ControlDatabaseError, type ControlTables } from "@stave/control-database";
import { type AccessKeys, VaultError } from "@stave/credential-vault";
import { accessKeysFor, type Control, openControl } from "../control/open-control.ts";
import { UsageError } from "../process/usage-error.ts";
import type { CommandOutput, CommandResult, DataCommand } from "./command.ts";

/** The control database for a command: what it changes is on record as done by who runs it. */
export type CommandControl = ControlTables & {
  readonly actor: string;
  readonly keys: AccessKeys;
  readonly control: Control;
  readonly directory: string;
  /** Named by the operator. */
  readonly encryptionKeyFile: string | undefined;
};

export type ControlCommand<Options> = Omit<DataCommand<Options>, "run"> & {
  readonly run: (control: CommandControl, options: Options, output: CommandOutput) => Promise<CommandResult>;
};

/** A command that works with accounts, keys and secrets; beside a running server, which heeds changes from its next request on. */
export function controlCommand<Options>({
  addOptions,
  run,
  ...command
}: ControlCommand<Options>): DataCommand<Options & { readonly encryptionKeyFile?: string }> {
  return {
    ...command,
    addOptions(commander, env) {
      commander.option(
        "--encryption-key-file <file>",
        "the key file, if the server is told one [STAVE_ENCRYPTION_KEY_FILE]",
        env.STAVE_ENCRYPTION_KEY_FILE || undefined,
      );
      addOptions?.(commander, env);
    },
    async run(directory, options, output) {
      const named = options.encryptionKeyFile;
      const encryptionKeyFile = named === undefined ? undefined : resolve(named);
      const control = await openControl({ dataDirectory: directory, encryptionKeyFile }, { mustExist: true });
      const actor = currentActor();
      const keys = accessKeysFor(actor, control);
      try {
        const tables = control.database.as(actor);
        return await run({ ...tables, actor, keys, control, directory, encryptionKeyFile }, options, output);
      } catch (error) {
        throw isAboutInput(error) ? new UsageError(error.message, { cause: error }) : error;
      } finally {
        await control.close();
      }
    },
  };
}

/** `command line: ann` */
function currentActor(): string {
  try {
    return `command line: ${userInfo().username}`;
  } catch {
    return `command line: uid ${process.getuid?.()}`; // of a container, often without a name
  }
}

const codesOfInput: ReadonlySet<string> = new Set([
  "AccessKeyNotFound",
  "AccountExists",
  "AccountNotFound",
  "ProjectExists",
  "ProjectNotFound",
]);

function isAboutInput(error: unknown): error is Error {
  return (error instanceof VaultError || error instanceof ControlDatabaseError) && codesOfInput.has(error.code);
}
