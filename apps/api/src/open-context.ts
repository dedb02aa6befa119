import { existsSync } from "node:fs";
import { join } from "node:path";
import { openControlDatabase } from "@stave/control-database";
import { createAccessKeys, openVault } from "@stave/credential-vault";
import { createAddressRules } from "@stave/outgoing-requests";
import type { Logger } from "pino";
import { type Config, UsageError } from "./config.ts";
import { openDocker, openInstallation } from "./containers/open-docker.ts";
import type { ApiContext } from "./context.ts";

const everywhere = ["0.0.0.0/0", "::/0"];

/**
 * Opens the control database that the gateway has made. Throws what opening it and its key file throws, and a {@link UsageError} when there is none: made
 * here, it would have no account.
 */
export async function openContext(config: Config, logger: Logger): Promise<ApiContext & { close(): Promise<void> }> {
  const { dataDirectory } = config;
  const file = join(dataDirectory, "control.sqlite");
  if (!existsSync(file)) {
    throw new UsageError(
      `There is no ${file}: start the gateway on this data directory first, or name another with --data-dir.`,
    );
  }
  const database = await openControlDatabase({ at: { file } });
  try {
    const keyFile = config.encryptionKeyFile ?? join(dataDirectory, "encryption_key");
    const vault = await openVault({ keyFile, canary: database.canary });
    return {
      config,
      database,
      vault,
      accessKeysFor: (actor) => createAccessKeys({ vault, store: database.as(actor).accessKeys }),
      addresses: createAddressRules(config.allowPrivateAddresses ? everywhere : []),
      docker: openDocker(config),
      installation: await openInstallation(database),
      logger,
      now: () => new Date(),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
