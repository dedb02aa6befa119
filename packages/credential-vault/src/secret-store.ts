import type { SealedStore } from "./rotate-master.ts";
import type { SecretContext } from "./sealed-bytes.ts";

/** A sealed value that belongs to no record of its own. */
export type SecretRecord = { readonly name: string; readonly envelope: string; readonly createdAt: Date };

/** Where secrets of the installation are kept, such as the keys of session tokens. */
export interface SecretStore {
  /** False when there is one of this name: it stays. */
  insert(name: string, envelope: string): Promise<boolean>;
  /** Those whose name begins so, by name. */
  list(prefix: string): Promise<readonly SecretRecord[]>;
  remove(name: string): Promise<void>;
  /** What the secret of this name is to be sealed for. */
  contextOf(name: string): SecretContext;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
}
