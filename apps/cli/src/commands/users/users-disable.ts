import type { RunOf } from "../../command/define-command.ts";
import { changeUser } from "./change-user.ts";
import type { usersDisable } from "./index.ts";

export const run: RunOf<typeof usersDisable> = async (invocation) => {
  const { user } = invocation.arguments;
  await changeUser(invocation, { named: user, change: { isDisabled: true }, done: "cannot sign in any more" });
};
