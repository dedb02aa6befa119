import { controlCommand } from "../control-command.ts";
import { findAccount } from "../find-account.ts";
import { showName } from "../render-table.ts";

const done = 0;

export const removeAccount = controlCommand({
  name: "remove",
  description:
    "Removes an account without access keys and projects. Its buckets and objects stay, and belong to nobody who could sign.",
  addOptions(command) {
    command.argument("<account>", "a name, e-mail address or id");
  },
  async run({ accounts }, _options, { args: [named = ""] }) {
    const { id, displayName } = await findAccount(accounts, named);
    await accounts.remove(id);
    return { report: { id, displayName }, text: `${showName(displayName)} (${id}) is removed.\n`, exitCode: done };
  },
});
