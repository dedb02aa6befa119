import type { CommandTree } from "../command/create-program.ts";
import { bucketCommands, bucketGroups } from "./buckets/index.ts";
import { containerCommands, containerGroups } from "./containers/index.ts";
import { completionCommands } from "./completion/index.ts";
import { contextCommands, contextGroups } from "./contexts/index.ts";
import { credentialCommands, credentialGroups } from "./credentials/index.ts";
import { jobCommands, jobGroups } from "./jobs/index.ts";
import { keyCommands, keyGroups } from "./keys/index.ts";
import { linkCommands, linkGroups } from "./links/index.ts";
import { monitoringCommands, monitoringGroups } from "./monitoring/index.ts";
import { projectCommands, projectGroups } from "./projects/index.ts";
import { serveCommands, serveGroups } from "./serve/index.ts";
import { serviceCommands, serviceGroups } from "./services/index.ts";
import { statusCommands } from "./status/index.ts";

/** Every command there is. Each family lists its own; the code of a command is in the file of its name. */
export const commandTree: CommandTree = {
  groups: [
    ...serveGroups,
    ...contextGroups,
    ...serviceGroups,
    ...linkGroups,
    ...containerGroups,
    ...monitoringGroups,
    ...projectGroups,
    ...bucketGroups,
    ...keyGroups,
    ...credentialGroups,
    ...jobGroups,
  ],
  commands: [
    ...serveCommands,
    ...contextCommands,
    ...statusCommands,
    ...serviceCommands,
    ...linkCommands,
    ...containerCommands,
    ...monitoringCommands,
    ...projectCommands,
    ...bucketCommands,
    ...keyCommands,
    ...credentialCommands,
    ...jobCommands,
    ...completionCommands,
  ],
};
