import type { ControlDatabase } from "@stave/control-database";
import type { AccessKeys, Vault } from "@stave/credential-vault";
import type { DockerServices } from "@stave/docker-services";
import type { AddressRules } from "@stave/outgoing-requests";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { ContainerUse } from "./containers/container-use.ts";
import type { ServiceClients } from "./services/service-clients.ts";

/** What everything in the api works with. */
export type ApiContext = {
  readonly config: Config;
  readonly database: ControlDatabase;
  readonly vault: Vault;
  /** The access keys for somebody, named as the audit log will. */
  accessKeysFor(actor: string): AccessKeys;
  /** Where endpoints and webhooks that somebody has named may be. */
  readonly addresses: AddressRules;
  /** Containers of services. That there is no Docker is seen when it is asked. */
  readonly docker: DockerServices;
  /** Begins the label of all that this installation has made in Docker. */
  readonly installation: string;
  readonly logger: Logger;
  readonly now: () => Date;
};

/** What the operations have beside it. */
export type OperationContext = ApiContext & {
  readonly clients: ServiceClients;
  readonly containerUse: ContainerUse;
  /** A job was created: it begins at once. */
  readonly wakeJobs: () => void;
  /** Aborted when the process stops: what would go on for ever ends. */
  readonly stopping: AbortSignal;
};
