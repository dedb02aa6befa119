import { controlCommand } from "../control-command.ts";
import { parseDuration } from "../parse-time.ts";
import { reportKey } from "./show-key.ts";
import { showPair } from "./show-pair.ts";

const done = 0;

export const rotateKey = controlCommand<{ readonly grace: string }>({
  name: "rotate",
  description:
    "Makes a new access key with the account, description, scope and end of an old one, which goes on to work for a while.",
  addOptions(command) {
    command
      .argument("<id>", "the old access key id")
      .option("--grace <time>", "how long the old one still works: 24h, 7d; 0: not at all", "24h");
  },
  async run(control, { grace }, { args: [accessKeyId = ""], json }) {
    const graceMs = parseDuration("--grace", grace);
    const issued = await control.keys.rotate(accessKeyId, { graceMs });
    const old = await reportKey(control, accessKeyId);
    if (json) {
      const { secretAccessKey } = issued;
      const report = await reportKey(control, issued.accessKeyId);
      return { report: { ...report, secretAccessKey, replaces: old }, exitCode: done };
    }
    const pair = showPair(issued, old.account);
    return { text: `# ${accessKeyId} works until ${old.expiresAt ?? "now"}.\n${pair}`, exitCode: done };
  },
});
