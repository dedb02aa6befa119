import type { CommandGroup } from "../command.ts";
import { createAccount } from "./create-account.ts";
import { listAccounts } from "./list-accounts.ts";
import { removeAccount } from "./remove-account.ts";
import { renameAccount } from "./rename-account.ts";

export const accountsCommands: CommandGroup = {
  name: "accounts",
  description: "Accounts: who owns buckets, objects and access keys. Also while a server runs.",
  commands: [listAccounts, createAccount, renameAccount, removeAccount],
};
