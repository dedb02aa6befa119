import { randomBytes } from "node:crypto";
import { controlCommand } from "../control-command.ts";
import { showName } from "../render-table.ts";
import { readAccountName, readEmail } from "./account-fields.ts";

const done = 0;

export const createAccount = controlCommand<{ readonly email?: string }>({
  name: "create",
  description: "Makes an account. It has no access key yet: see `keys issue`.",
  addOptions(command) {
    command
      .argument("<name>", "what people see")
      .option("--email <address>", "names the account in ACLs; no two have the same");
  },
  async run({ accounts }, { email }, { args: [name = ""] }) {
    const account = {
      id: randomBytes(32).toString("hex"),
      displayName: readAccountName(name),
      ...(email !== undefined && { email: readEmail(email) }),
      createdAt: new Date(),
    };
    await accounts.insert(account);
    return { report: account, text: `${showName(account.displayName)} has the id ${account.id}.\n`, exitCode: done };
  },
});
