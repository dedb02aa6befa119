import type { ControlDatabase } from "@stave/control-database";
import type { AccessKeys, Vault } from "@stave/credential-vault";
import type { Logger } from "pino";
import type { Config } from "./config.ts";

/** What every operation of the API works with. */
export type ApiContext = {
  readonly config: Config;
  readonly database: ControlDatabase;
  readonly vault: Vault;
  /** The access keys for somebody, named as the audit log will. */
  accessKeysFor(actor: string): AccessKeys;
  readonly logger: Logger;
  readonly now: () => Date;
};
