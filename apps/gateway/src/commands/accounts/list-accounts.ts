import { controlCommand } from "../control-command.ts";
import { readAllAccounts } from "../find-account.ts";
import { showTime } from "../keys/describe-key.ts";
import { renderColumns } from "../render-columns.ts";

const done = 0;

export const listAccounts = controlCommand({
  name: "list",
  description: "Lists all accounts.",
  async run({ accounts }) {
    const all = await readAllAccounts(accounts);
    const rows = all.map(({ id, displayName, email = "", createdAt }) => [
      id,
      displayName,
      email,
      showTime(createdAt.toISOString()),
    ]);
    return {
      report: { accounts: all },
      text: renderColumns(["ID", "NAME", "E-MAIL", "CREATED"], rows),
      exitCode: done,
    };
  },
});
