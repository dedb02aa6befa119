import type { ControlDatabase, ControlTables } from "@stave/control-database";
import type { AccessKeys, SealedStore } from "@stave/credential-vault";

/** Every place with sealed secrets. One that is left out would lose them: a rotation makes the key that opens them go away. */
export function sealedStoresOf({
  keys,
  secrets,
  services,
  linkSinks,
  containers,
  backupDestinations,
  noticeWebhooks,
  control: { database },
}: Pick<
  ControlTables,
  "secrets" | "services" | "linkSinks" | "containers" | "backupDestinations" | "noticeWebhooks"
> & {
  readonly keys: AccessKeys;
  readonly control: { readonly database: Pick<ControlDatabase, "idempotency"> };
}): readonly SealedStore[] {
  return [
    keys.sealed,
    secrets.sealed,
    services.sealed,
    linkSinks.sealed,
    containers.sealed,
    backupDestinations.sealed,
    noticeWebhooks.sealed,
    database.idempotency.sealed,
  ];
}
