import type { CommandGroup } from "../command.ts";
import { endSessions } from "./end-sessions.ts";
import { expireKey } from "./expire-key.ts";
import { issueKey } from "./issue-key.ts";
import { listKeys } from "./list-keys.ts";
import { revokeKey } from "./revoke-key.ts";
import { rotateKey } from "./rotate-key.ts";
import { showKey } from "./show-key.ts";

export const keysCommands: CommandGroup = {
  name: "keys",
  description: "Access keys: what clients sign their requests with. Also while a server runs.",
  commands: [issueKey, listKeys, showKey, rotateKey, expireKey, revokeKey, endSessions],
};
