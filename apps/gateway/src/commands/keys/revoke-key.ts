import { controlCommand } from "../control-command.ts";
import { reportKey } from "./show-key.ts";

const done = 0;

export const revokeKey = controlCommand({
  name: "revoke",
  description: "Ends an access key for good. When this has returned, no server takes a request that is signed with it.",
  addOptions(command) {
    command.argument("<id>", "the access key id");
  },
  async run(control, _options, { args: [accessKeyId = ""] }) {
    await control.keys.revoke(accessKeyId);
    const report = await reportKey(control, accessKeyId);
    return { report, text: `${accessKeyId} is revoked.\n`, exitCode: done };
  },
});
