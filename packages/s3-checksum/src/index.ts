export {
  type ChecksumAlgorithm,
  type CrcAlgorithm,
  checksumAlgorithms,
  isChecksumAlgorithm,
} from "./checksum-algorithm.ts";
export { ChecksumError, type ChecksumErrorCode } from "./checksum-error.ts";
export { combineChecksums, type PartChecksum } from "./combine-checksums.ts";
export { compositeChecksum } from "./composite-checksum.ts";
export { type Checksum, createChecksum } from "./create-checksum.ts";
export { isChecksumValue } from "./is-checksum-value.ts";
export { type ChecksumEngines, loadChecksums } from "./load-checksums.ts";
export { multipartEtag } from "./multipart-etag.ts";
