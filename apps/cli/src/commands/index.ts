import type { CommandTree } from "../command/create-program.ts";
import { auditCommands, auditGroups } from "./audit/index.ts";
import { backupCommands, backupGroups } from "./backups/index.ts";
import { bucketCommands, bucketGroups } from "./buckets/index.ts";
import { containerCommands, containerGroups } from "./containers/index.ts";
import { contextCommands, contextGroups } from "./contexts/index.ts";
import { credentialCommands, credentialGroups } from "./credentials/index.ts";
import { jobCommands, jobGroups } from "./jobs/index.ts";
import { keyCommands, keyGroups } from "./keys/index.ts";
import { linkCommands, linkGroups } from "./links/index.ts";
import { migrationCommands, migrationGroups } from "./migrations/index.ts";
import { monitoringCommands, monitoringGroups } from "./monitoring/index.ts";
import { noticeCommands, noticeGroups } from "./notices/index.ts";
import { projectCommands, projectGroups } from "./projects/index.ts";
import { serviceCommands, serviceGroups } from "./services/index.ts";
import { settingCommands, settingGroups } from "./settings/index.ts";
import { statusCommands } from "./status/index.ts";
import { tokenCommands, tokenGroups } from "./tokens/index.ts";
import { usageCommands } from "./usage/index.ts";
import { userCommands, userGroups } from "./users/index.ts";

/** Every command there is. Each family lists its own; the code of a command is in the file of its name. */
export const commandTree: CommandTree = {
  groups: [
    ...contextGroups,
    ...serviceGroups,
    ...linkGroups,
    ...containerGroups,
    ...monitoringGroups,
    ...projectGroups,
    ...bucketGroups,
    ...keyGroups,
    ...credentialGroups,
    ...backupGroups,
    ...migrationGroups,
    ...jobGroups,
    ...userGroups,
    ...tokenGroups,
    ...auditGroups,
    ...noticeGroups,
    ...settingGroups,
  ],
  commands: [
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
    ...backupCommands,
    ...migrationCommands,
    ...jobCommands,
    ...userCommands,
    ...tokenCommands,
    ...auditCommands,
    ...usageCommands,
    ...noticeCommands,
    ...settingCommands,
  ],
};
