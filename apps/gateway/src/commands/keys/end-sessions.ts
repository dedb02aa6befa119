import { createSessionTokens } from "@stave/credential-vault";
import { controlCommand } from "../control-command.ts";

const done = 0;

export const endSessions = controlCommand({
  name: "end-sessions",
  description:
    "Ends all temporary keys at once, of every account: whoever needs one asks for another. To end those of one access key, revoke it.",
  async run({ control, secrets }) {
    await createSessionTokens({ vault: control.vault, store: secrets }).rotateTokenKey({ keepOld: false });
    return { report: { endedSessions: true }, text: "All temporary keys have ended.\n", exitCode: done };
  },
});
