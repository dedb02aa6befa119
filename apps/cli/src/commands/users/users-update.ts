import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { changeUser } from "./change-user.ts";
import type { usersUpdate } from "./index.ts";

export const run: RunOf<typeof usersUpdate> = async (invocation) => {
  const { arguments: given, options } = invocation;
  const { name, role } = options;
  if (name === undefined && role === undefined) {
    throw new CliError("Usage", "There is nothing to change.", {
      next: [`stave users update ${given.user} --name NAME --role member`],
    });
  }
  const change = { ...(name !== undefined && { name }), ...(role !== undefined && { role }) };
  await changeUser(invocation, { named: given.user, change, done: "was changed" });
};
