export {
  type ChecksumAlgorithm,
  type CrcAlgorithm,
  checksumAlgorithms,
  isChecksumAlgorithm,
} from "./checksum-algorithm.ts";
export { ChecksumError, type ChecksumErrorCode } from "./checksum-error.ts";
export { checksumOf } from "./checksum-of.ts";
export { combineChecksums, type PartChecksum } from "./combine-checksums.ts";
export { compositeChecksum } from "./composite-checksum.ts";
export { type Checksum, createChecksum } from "./create-checksum.ts";
export { createMd5, type Md5, type Md5Digest, md5Of } from "./create-md5.ts";
export { isChecksumValue } from "./is-checksum-value.ts";
export { type ChecksumEngines, loadChecksums } from "./load-checksums.ts";
export { multipartEtag } from "./multipart-etag.ts";
export { isContentMd5, parseContentMd5 } from "./parse-content-md5.ts";
