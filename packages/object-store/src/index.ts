export {
  type CheckOptions,
  type CheckProgress,
  type CheckReport,
  checkDataDirectory,
} from "./embedded/check/check-data-directory.ts";
export type { Finding, FindingKind } from "./embedded/check/findings.ts";
export { type DataDirectoryLock, type LockOptions, lockDataDirectory } from "./embedded/data-directory.ts";
export { type DurabilityPoint, durabilityPoints, type OnDurabilityPoint } from "./embedded/durability-point.ts";
export type { CompactionReport, CompactOptions, KeptSegment } from "./embedded/maintenance/compact.ts";
export type { DamagedBody } from "./embedded/maintenance/damaged-body.ts";
export type { ScrubOptions, ScrubReport } from "./embedded/maintenance/scrub.ts";
export {
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  openEmbeddedStore,
  sweepDataDirectory,
} from "./embedded/open-embedded-store.ts";
export type { SnapshotReport } from "./embedded/snapshot/take-snapshot.ts";
export type { SweepOptions, SweepReport } from "./embedded/sweep.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./memory/create-memory-store.ts";
export type {
  AppendObjectInput,
  AttributesChange,
  BodyEncryption,
  Bucket,
  BucketConfigurations,
  BucketDurability,
  BucketQuota,
  BucketUsage,
  BucketVersioning,
  ByteRange,
  ChecksummedSize,
  CompleteUploadInput,
  CopyObjectInput,
  CreateUploadInput,
  DeleteConditions,
  DeletedObject,
  DeleteMarker,
  DeleteObjectInput,
  ListObjectsPage,
  ListObjectsQuery,
  ListPartsPage,
  ListPartsQuery,
  ListUploadsPage,
  ListUploadsQuery,
  ListVersionsPage,
  ListVersionsQuery,
  Message,
  MessageChange,
  MessageQueue,
  MessageState,
  MessageTrial,
  NewMessage,
  ObjectAddress,
  ObjectBody,
  ObjectEncryption,
  ObjectMetadata,
  ObjectPart,
  ObjectPartsPage,
  ObjectStore,
  ObjectVersion,
  OnChange,
  OpenObject,
  OpenObjectOptions,
  OpenObjectPart,
  Part,
  PutAttributesInput,
  PutObjectInput,
  PutPartInput,
  RenameObjectInput,
  Retention,
  StoredChecksum,
  Upload,
  UploadAddress,
  VersionAttributes,
  VersionChange,
  WriteConditions,
} from "./object-store.ts";
export { isVersionId } from "./ordered-id.ts";
export { StoreError, type StoreErrorCode } from "./store-error.ts";
