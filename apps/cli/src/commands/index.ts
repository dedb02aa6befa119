import type { CommandTree } from "../command/create-program.ts";
import { auditCommands, auditGroups } from "./audit/index.ts";
import { backupCommands, backupGroups } from "./backups/index.ts";
import { browseCommands, browseGroups } from "./browse/index.ts";
import { bucketCommands, bucketGroups } from "./buckets/index.ts";
import { completionCommands } from "./completion/index.ts";
import { containerCommands, containerGroups } from "./containers/index.ts";
import { contextCommands, contextGroups } from "./contexts/index.ts";
import { credentialCommands, credentialGroups } from "./credentials/index.ts";
import { inspectCommands } from "./inspect/index.ts";
import { jobCommands, jobGroups } from "./jobs/index.ts";
import { keyCommands, keyGroups } from "./keys/index.ts";
import { linkCommands, linkGroups } from "./links/index.ts";
import { mcpCommands, mcpGroups } from "./mcp/index.ts";
import { migrationCommands, migrationGroups } from "./migrations/index.ts";
import { monitoringCommands, monitoringGroups } from "./monitoring/index.ts";
import { noticeCommands, noticeGroups } from "./notices/index.ts";
import { projectCommands, projectGroups } from "./projects/index.ts";
import { serveCommands, serveGroups } from "./serve/index.ts";
import { serviceCommands, serviceGroups } from "./services/index.ts";
import { settingCommands, settingGroups } from "./settings/index.ts";
import { statusCommands } from "./status/index.ts";
import { tokenCommands, tokenGroups } from "./tokens/index.ts";
import { transferCommands, transferGroups } from "./transfer/index.ts";
import { usageCommands } from "./usage/index.ts";
import { userCommands, userGroups } from "./users/index.ts";

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
    ...browseGroups,
    ...transferGroups,
    ...backupGroups,
    ...migrationGroups,
    ...jobGroups,
    ...userGroups,
    ...tokenGroups,
    ...auditGroups,
    ...noticeGroups,
    ...settingGroups,
    ...mcpGroups,
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
    ...browseCommands,
    ...transferCommands,
    ...inspectCommands,
    ...backupCommands,
    ...migrationCommands,
    ...usageCommands,
    ...jobCommands,
    ...userCommands,
    ...tokenCommands,
    ...auditCommands,
    ...noticeCommands,
    ...settingCommands,
    ...mcpCommands,
    ...completionCommands,
  ],
};
