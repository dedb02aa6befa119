import type { CommandGroup } from "../command.ts";
import { encryptionStatus } from "./encryption-status.ts";
import { rotateEncryption } from "./rotate-encryption.ts";

export const encryptionCommands: CommandGroup = {
  name: "encryption",
  description: "The keys that secrets and encrypted objects are sealed with. Also while a server runs.",
  commands: [encryptionStatus, rotateEncryption],
};
