import { controlCommand } from "../control-command.ts";
import { findAccount } from "../find-account.ts";
import { showName } from "../render-table.ts";
import { readAccountName, readEmail } from "./account-fields.ts";

const done = 0;

export const renameAccount = controlCommand<{ readonly email?: string }>({
  name: "rename",
  description:
    "Gives an account another name. What it owns stays its own; policies that name it by its name do not mean it any more.",
  addOptions(command) {
    command
      .argument("<account>", "a name, e-mail address or id")
      .argument("<new-name>", "what people will see")
      .option("--email <address>", "another e-mail address");
  },
  async run({ accounts }, options, { args: [named = "", newName = ""] }) {
    const account = await findAccount(accounts, named);
    const email = options.email === undefined ? account.email : readEmail(options.email);
    const changed = { id: account.id, displayName: readAccountName(newName), ...(email !== undefined && { email }) };
    await accounts.change(changed);
    return { report: changed, text: `${account.id} is ${showName(changed.displayName)} now.\n`, exitCode: done };
  },
});
