import type { RunOf } from "../../command/define-command.ts";
import { changeUser } from "./change-user.ts";
import type { usersRole } from "./index.ts";

export const run: RunOf<typeof usersRole> = async (invocation) => {
  const { user, role } = invocation.arguments;
  await changeUser(invocation, { named: user, change: { role }, done: `is of the role ${role} now` });
};
