import { UsageError } from "../../process/usage-error.ts";
import { controlCommand } from "../control-command.ts";
import { findAccount } from "../find-account.ts";

const done = 0;

export const createProject = controlCommand<{ readonly account?: string }>({
  name: "create",
  description: "Makes a project without buckets.",
  addOptions(command) {
    command
      .argument("<name>", "lower-case letters, digits and hyphens")
      .option("--account <account>", "whose it is: a name, e-mail address or id; not needed where there is only one");
  },
  async run({ accounts, projects }, { account: named }, { args: [name = ""] }) {
    if (!/^[a-z0-9-]{1,63}$/.test(name)) {
      throw new UsageError(
        `Expected the name to be 1 to 63 lower-case letters, digits and hyphens, got ${JSON.stringify(name)}. See --help.`,
      );
    }
    const { id: accountId } = await findAccount(accounts, named);
    const project = await projects.create({ name, accountId, createdAt: new Date() });
    return { report: project, text: `${name} has the id ${project.id}.\n`, exitCode: done };
  },
});
