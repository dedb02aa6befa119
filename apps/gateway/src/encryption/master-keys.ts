import type { VaultKey } from "@stave/credential-vault";

/** What the keys of objects are sealed with. */
export interface MasterKeys {
  /** The one to seal with. */
  current(): VaultKey;
  find(id: string): VaultKey | undefined;
}
