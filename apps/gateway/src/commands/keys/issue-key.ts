import { UsageError } from "../../process/usage-error.ts";
import { controlCommand } from "../control-command.ts";
import { findAccount } from "../find-account.ts";
import { parseMoment } from "../parse-time.ts";
import { describeKey } from "./describe-key.ts";
import { readScope, type ScopeOptions } from "./read-scope.ts";
import { showPair } from "./show-pair.ts";

const done = 0;
const maxDescriptionLength = 256;

type IssueOptions = ScopeOptions & {
  readonly account?: string;
  readonly description: string;
  readonly expires?: string;
};

export const issueKey = controlCommand<IssueOptions>({
  name: "issue",
  description: "Makes an access key and prints it. Its secret is shown this once; nothing shows it again.",
  addOptions(command) {
    command
      .option("--account <account>", "whose key: a name, e-mail address or id; not needed where there is only one")
      .option("--description <text>", "what it is for", "")
      .option(
        "--expires <time>",
        "until when it works: 30d, a date, or a date and time with its zone; default: for good",
      )
      .option("--access <what>", "full, read-only or read-write (objects of a bucket, and nothing else); default: full")
      .option("--bucket <name>", "only this bucket")
      .option("--prefix <text>", "only what begins so, in --bucket")
      .option("--project <project>", "only the buckets of this project, as they are at each request")
      .option("--from <network...>", "only from these addresses and networks: 192.0.2.7, 10.0.0.0/8");
  },
  async run({ accounts, projects, keys }, options, { json }) {
    const { description, expires } = options;
    if (description.length > maxDescriptionLength) {
      throw new UsageError(`--description: Expected at most ${maxDescriptionLength} characters. See --help.`);
    }
    const now = new Date();
    const expiresAt =
      expires === undefined ? undefined : parseMoment("--expires", expires, { now, direction: "ahead" });
    if (expiresAt !== undefined && expiresAt <= now)
      throw new UsageError("--expires: Expected a time to come. See --help.");
    const account = await findAccount(accounts, options.account);
    const scope = await readScope(options, { projects, account });
    const issued = await keys.issue({
      ownerId: account.id,
      description,
      ...(expiresAt && { expiresAt }),
      ...(scope && { scope }),
    });
    const { secretAccessKey, info } = issued;
    if (json) return { report: { ...describeKey(info, account, now), secretAccessKey }, exitCode: done };
    return { text: showPair(issued, account), exitCode: done };
  },
});
