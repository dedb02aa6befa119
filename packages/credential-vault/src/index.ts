export type { AccessKeyChange, AccessKeyRecord, AccessKeyStore } from "./access-key-store.ts";
export {
  type AccessKeyInfo,
  type AccessKeys,
  type AccessKeysOptions,
  createAccessKeys,
  type IssuedAccessKey,
  type IssueInput,
} from "./create-access-keys.ts";
export { createMemoryStore, type VaultContent, type VaultStore } from "./create-memory-store.ts";
export {
  createSessionTokens,
  type IssuedSession,
  type IssueSessionInput,
  type Session,
  type SessionTokens,
  type SessionTokensOptions,
} from "./create-session-tokens.ts";
export { keyIdOf, openEnvelope, sealEnvelope } from "./envelope.ts";
export { type AccessKeyPair, generateAccessKey } from "./generate-access-key.ts";
export { openFileStore } from "./open-file-store.ts";
export {
  type CanaryStore,
  checkKeyFile,
  type OpenVaultOptions,
  openVault,
  type Vault,
  type VaultKeyIds,
} from "./open-vault.ts";
export {
  type RotateMasterOptions,
  type RotateMasterReport,
  rotateMaster,
  type SealedSecret,
  type SealedStore,
} from "./rotate-master.ts";
export { type SecretContext, toVaultKey, type VaultKey } from "./sealed-bytes.ts";
export type { SecretRecord, SecretStore } from "./secret-store.ts";
export { VaultError, type VaultErrorCode } from "./vault-error.ts";
