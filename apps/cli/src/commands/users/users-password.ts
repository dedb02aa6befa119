import type { RunOf } from "../../command/define-command.ts";
import { readSecret } from "../../command/read-secret.ts";
import { changeUser } from "./change-user.ts";
import type { usersPassword } from "./index.ts";

export const run: RunOf<typeof usersPassword> = async (invocation) => {
  const { arguments: given, options } = invocation;
  const password = await readSecret(invocation, {
    question: `New password for ${given.user}`,
    fromStdin: options.passwordStdin,
    file: options.passwordFile,
    flag: "--password-stdin",
  });
  const done = "has another password, and must sign in again";
  await changeUser(invocation, { named: given.user, change: { password }, done });
};
