import { controlCommand } from "../control-command.ts";
import { parseMoment } from "../parse-time.ts";
import { reportKey } from "./show-key.ts";

const done = 0;

export const expireKey = controlCommand<{ readonly at: string }>({
  name: "expire",
  description: "Says until when an access key works. A key that has ended does not come back.",
  addOptions(command) {
    command
      .argument("<id>", "the access key id")
      .requiredOption("--at <time>", "0s, 30d, a date, or a date and time with its zone");
  },
  async run(control, { at }, { args: [accessKeyId = ""] }) {
    const expiresAt = parseMoment("--at", at, { now: new Date(), direction: "ahead" });
    await control.keys.expire(accessKeyId, expiresAt);
    const report = await reportKey(control, accessKeyId);
    return { report, text: `${accessKeyId} works until ${expiresAt.toISOString()}.\n`, exitCode: done };
  },
});
