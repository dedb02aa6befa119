import { confirmLoss } from "../../command/confirm-loss.ts";
import type { RunOf } from "../../command/define-command.ts";
import { findOne } from "../../command/find-one.ts";
import { printable } from "../../output/printable.ts";
import type { tokensRevoke } from "./index.ts";

export const run: RunOf<typeof tokensRevoke> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const { call } = await api();
  const { body } = await call("get /api/tokens");
  const token = findOne(body.data, given.token, {
    what: "token",
    nameOf: ({ name }) => name,
    list: "stave tokens list",
  });
  const goOn = await confirmLoss(invocation, {
    shown: { Token: token.id, Name: token.name, "May do": token.permissions.join(" "), "Last used": token.lastUsedAt },
    data: token,
    question: "Whoever uses it is refused at once.",
    name: token.name,
    isForced: options.force,
    isDryRun: options.dryRun,
  });
  if (!goOn) return;
  await call("delete /api/tokens/{id}", { params: { id: token.id } });
  output.note(`Revoked the token ${printable(token.name)}.`);
  output.result({ id: token.id, name: token.name }, () => "");
};
