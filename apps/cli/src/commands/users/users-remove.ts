import { confirmLoss } from "../../command/confirm-loss.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { findUser } from "./find-user.ts";
import type { usersRemove } from "./index.ts";

export const run: RunOf<typeof usersRemove> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const client = await api();
  const user = await findUser(client, given.user);
  const { body } = await client.call("get /api/tokens");
  const tokens = body.data.filter(({ userId }) => userId === user.id).length;
  const goOn = await confirmLoss(invocation, {
    shown: { User: user.email, Name: user.name, Role: user.role, Tokens: tokens },
    data: { ...user, tokens },
    question: "The user goes with their sessions and tokens.",
    name: user.email,
    isForced: options.force,
    isDryRun: options.dryRun,
  });
  if (!goOn) return;
  await client.call("delete /api/users/{id}", { params: { id: user.id } });
  output.note(`Removed ${printable(user.email)}.`);
  output.result({ id: user.id, email: user.email }, () => "");
};
