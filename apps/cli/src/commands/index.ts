import type { CommandTree } from "../command/create-program.ts";
import { browseCommands, browseGroups } from "./browse/index.ts";
import { contextCommands, contextGroups } from "./contexts/index.ts";
import { inspectCommands } from "./inspect/index.ts";
import { jobCommands, jobGroups } from "./jobs/index.ts";
import { serviceCommands, serviceGroups } from "./services/index.ts";

/** Every command there is. Each family lists its own; the code of a command is in the file of its name. */
export const commandTree: CommandTree = {
  groups: [...contextGroups, ...serviceGroups, ...jobGroups, ...browseGroups],
  commands: [...contextCommands, ...serviceCommands, ...jobCommands, ...inspectCommands, ...browseCommands],
};
