import type { RunOf } from "../../command/define-command.ts";
import { changeUser } from "./change-user.ts";
import type { usersEnable } from "./index.ts";

export const run: RunOf<typeof usersEnable> = async (invocation) => {
  const { user } = invocation.arguments;
  await changeUser(invocation, { named: user, change: { isDisabled: false }, done: "can sign in again" });
};
