import {
  algorithms,
  childrenOf,
  copySource,
  getObject,
  headObject,
  isFileOf,
  isMd5,
  nameOf,
  nextPage,
  numberOf,
  readAnswer,
  textOf,
  unquoted,
  wholeChecksum,
} from "./chunk-2XHM337O.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import { networkError } from "./chunk-HSRHTTG5.js";
import { addPart, isBusy, journalName, readJournal, removeJournal, startJournal } from "./chunk-RBIQYZKN.js";

// src/s3/write-xml.ts
function leaf(name, text) {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}
function document(root, content) {
  return `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
}
var special = /[&<>"\u0000-\u001f\u007f]/g;
function escapeXml(text) {
  return text.replace(special, (character) => `&#${character.charCodeAt(0)};`);
}

// src/s3/operations/put-object.ts
async function putObject(client, input) {
  const { bucket, key, body, ifNoneMatch, ifMatch, checksum = {}, payloadHash, signal } = input;
  const { headers } = await client.send({
    method: "PUT",
    bucket,
    key,
    body,
    payloadHash,
    signal,
    // Again after an answer that was lost it would find itself there.
    isRepeatable: ifNoneMatch === void 0 && ifMatch === void 0,
    headers: {
      ...settingsHeaders(input),
      ...Object.fromEntries(Object.entries(checksum).map(([name, value]) => [`x-amz-checksum-${name}`, value])),
      "if-none-match": ifNoneMatch,
      "if-match": ifMatch === void 0 ? void 0 : `"${ifMatch}"`,
    },
  });
  return { etag: unquoted(headers.etag), versionId: headers["x-amz-version-id"] };
}
function settingsHeaders({ contentType, stored = {}, metadata = {}, tags = {}, storageClass, headers = {} }) {
  const tagging = new URLSearchParams(tags).toString();
  return {
    "content-type": contentType,
    ...stored,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    "x-amz-tagging": tagging === "" ? void 0 : tagging,
    "x-amz-storage-class": storageClass,
    ...headers,
  };
}

// src/s3/operations/multipart-upload.ts
async function createMultipartUpload(client, input) {
  const { bucket, key, checksumAlgorithm } = input;
  const answer = await client.send({
    method: "POST",
    bucket,
    key,
    query: { uploads: "" },
    headers: {
      ...settingsHeaders(input),
      "x-amz-checksum-algorithm": checksumAlgorithm,
      "x-amz-checksum-type": checksumAlgorithm === void 0 ? void 0 : "FULL_OBJECT",
    },
  });
  return textOf(readAnswer(answer, "InitiateMultipartUploadResult", nameOf(input)), "UploadId") ?? "";
}
async function uploadPart(client, { bucket, key, uploadId }, part) {
  const { partNumber, body, checksum = {}, payloadHash, signal } = part;
  const { headers } = await client.send({
    method: "PUT",
    bucket,
    key,
    query: { partNumber: String(partNumber), uploadId },
    body,
    payloadHash,
    signal,
    headers: Object.fromEntries(Object.entries(checksum).map(([name, value]) => [`x-amz-checksum-${name}`, value])),
  });
  return { partNumber, etag: unquoted(headers.etag), checksum };
}
async function uploadPartCopy(client, { bucket, key, uploadId }, part) {
  const { partNumber, source, range, signal } = part;
  const answer = await client.send({
    method: "PUT",
    bucket,
    key,
    query: { partNumber: String(partNumber), uploadId },
    signal,
    headers: {
      "x-amz-copy-source": copySource(source),
      "x-amz-copy-source-range": `bytes=${range[0]}-${range[1]}`,
      "x-amz-copy-source-if-match": source.etag === void 0 ? void 0 : `"${source.etag}"`,
    },
  });
  const root = readAnswer(answer, "CopyPartResult", nameOf({ bucket, key }));
  return { partNumber, etag: unquoted(textOf(root, "ETag")) };
}
async function completeMultipartUpload(client, { bucket, key, uploadId }, { parts, checksum = {}, ifNoneMatch }) {
  const content = parts.map(({ partNumber, etag, checksum: ofPart = {} }) => {
    const sums = Object.entries(ofPart).map(([name, value]) => leaf(`Checksum${name.toUpperCase()}`, value));
    return `<Part>${leaf("PartNumber", partNumber)}${leaf("ETag", `"${etag}"`)}${sums.join("")}</Part>`;
  });
  const answer = await client.send({
    method: "POST",
    bucket,
    key,
    query: { uploadId },
    body: document("CompleteMultipartUpload", content.join("")),
    headers: {
      "content-type": "application/xml",
      ...Object.fromEntries(Object.entries(checksum).map(([name, value]) => [`x-amz-checksum-${name}`, value])),
      "x-amz-checksum-type": Object.keys(checksum).length === 0 ? void 0 : "FULL_OBJECT",
      "if-none-match": ifNoneMatch,
    },
  });
  const root = readAnswer(answer, "CompleteMultipartUploadResult", nameOf({ bucket, key }));
  return { etag: unquoted(textOf(root, "ETag")), versionId: answer.headers["x-amz-version-id"] };
}
async function abortMultipartUpload(client, { bucket, key, uploadId }, { signal } = {}) {
  await client.send({ method: "DELETE", bucket, key, query: { uploadId }, ...(signal && { signal }) });
}
async function listParts(client, { bucket, key, uploadId }) {
  const found = [];
  const what = nameOf({ bucket, key });
  for (let marker; ; ) {
    const answer = await client.send({ bucket, key, query: { uploadId, "part-number-marker": marker } });
    const root = readAnswer(answer, "ListPartsResult", what);
    for (const part of childrenOf(root, "Part")) {
      found.push({
        partNumber: numberOf(part, "PartNumber"),
        etag: unquoted(textOf(part, "ETag")),
        sizeBytes: numberOf(part, "Size"),
      });
    }
    marker = nextPage(root, marker, "NextPartNumberMarker", what);
    if (marker === void 0) return found;
  }
}

// src/transfer/file-error.ts
var words = {
  ENOENT: ["there is no such file."],
  EACCES: ["not permitted by the rights of the file."],
  EPERM: ["not permitted by the rights of the file."],
  ENOSPC: ["the disk is full.", "make room, and run the same command again"],
  EDQUOT: ["the quota of the disk is used up.", "make room, and run the same command again"],
  EROFS: ["the disk can only be read."],
  EISDIR: ["it is a directory.", "--recursive copies what is in it"],
  ENOTDIR: ["a part of its path is a file, not a directory."],
  EEXIST: ["a part of its path is a file, not a directory."],
  ENOTEMPTY: ["it is a directory."],
  ENAMETOOLONG: ["the name is too long for this disk."],
  ELOOP: ["it is a symbolic link.", "name what it points to"],
  EIO: ["the disk fails."],
  EMFILE: ["too many files are open.", "ulimit -n 4096"],
  EINVAL: ["this disk does not take such a name."],
};
function fileError(error, path) {
  if (error instanceof CliError || !(error instanceof Error) || !("code" in error)) return error;
  const [why, next] = words[String(error.code)] ?? [];
  if (why === void 0) return error;
  return new CliError(error.code === "ENOENT" ? "NotFound" : "Failed", `${path}: ${why}`, {
    next: next === void 0 ? [] : [next],
    serverCode: String(error.code),
    cause: error,
  });
}

// src/transfer/download-object.ts
import { createHash } from "node:crypto";
import { constants as constants2 } from "node:fs";
import { mkdir, open as open2, rename, rm, stat, statfs, utimes } from "node:fs/promises";
import { dirname, join as join2, resolve as resolve2 } from "node:path";
import { checksumOf as checksumOf2, combineChecksums as combineChecksums2, md5Of } from "@stave/s3-checksum";

// src/transfer/each-part.ts
async function eachPart(numbers, { atOnce, signal }, work) {
  const stop = new AbortController();
  const stopAll = () => stop.abort(signal.reason);
  if (signal.aborted) stopAll();
  signal.addEventListener("abort", stopAll, { once: true });
  const queue = numbers.values();
  let failure;
  const run = async () => {
    for (const number of queue) {
      if (stop.signal.aborted) return;
      try {
        await work(number, stop.signal);
      } catch (error) {
        failure ??= { error };
        stop.abort();
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, numbers.length) }, run));
  } finally {
    signal.removeEventListener("abort", stopAll);
  }
  if (failure !== void 0) throw failure.error;
  signal.throwIfAborted();
}

// src/transfer/transfer-context.ts
var mib = 1024 ** 2;
var singleMaxBytes = 16 * mib;
var smallestPartBytes = 8 * mib;
var largestPartBytes = 64 * mib;
var maxParts = 1e4;
var memoryBytes = 64 * mib;
var partsAtOnce = 6;

// src/transfer/upload-file.ts
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checksumOf, combineChecksums } from "@stave/s3-checksum";

async function uploadFile(path, target, options, context) {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    const state = await file.stat({ bigint: true });
    if (!state.isFile()) throw fileError(notRegular(state), path);
    const source = { path, file, state, sizeBytes: Number(state.size) };
    return source.sizeBytes <= singleMaxBytes
      ? await uploadWhole(source, target, options, context)
      : await uploadInParts(source, target, options, context);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await file.close();
  }
}
function notRegular(state) {
  return state.isDirectory()
    ? Object.assign(new Error("directory"), { code: "EISDIR" })
    : new CliError("Failed", "It is no regular file: a device, a socket or a pipe.", {
        next: ["stave pipe s3://BUCKET/KEY < FILE"],
      });
}
async function uploadWhole(source, { client, bucket, key }, { settings, ifNoneMatch }, { buffers, signal, onBytes }) {
  const body = await buffers.take(source.sizeBytes);
  try {
    await readAt(source, body, 0);
    await requireUnchanged(source);
    const checksum = { crc64nvme: checksumOf("CRC64NVME", body) };
    const stored = await putObject(client, { ...settings, bucket, key, body, checksum, ifNoneMatch, signal });
    onBytes(body.length);
    buffers.give(body);
    return stored;
  } catch (error) {
    buffers.drop(body);
    throw error;
  }
}
async function uploadInParts(source, target, { settings, ifNoneMatch }, context) {
  const { client, bucket, key } = target;
  const { sizeBytes } = source;
  const partSizeBytes = partSizeFor(sizeBytes);
  const count = Math.ceil(sizeBytes / partSizeBytes);
  const begun = await beginUpload(source, target, { settings, partSizeBytes }, context);
  const { uploadId, journal, done } = begun;
  const address = { bucket, key, uploadId };
  for (const { partNumber } of done.values()) context.onBytes(sizeOfPart(partNumber, partSizeBytes, sizeBytes));
  try {
    const missing = Array.from({ length: count }, (_, at) => at + 1).filter((number) => !done.has(number));
    await eachPart(missing, { atOnce: partsAtOnce, signal: context.signal }, async (partNumber, signal) => {
      const body = await context.buffers.take(sizeOfPart(partNumber, partSizeBytes, sizeBytes));
      try {
        signal.throwIfAborted();
        await readAt(source, body, (partNumber - 1) * partSizeBytes);
        const crc64nvme2 = checksumOf("CRC64NVME", body);
        const part = await uploadPart(client, address, {
          partNumber,
          body,
          checksum: { crc64nvme: crc64nvme2 },
          signal,
        });
        done.set(partNumber, part);
        if (journal !== void 0) addPart(journal, { part: partNumber, etag: part.etag, checksum: crc64nvme2 });
        context.onBytes(body.length);
        context.buffers.give(body);
      } catch (error) {
        context.buffers.drop(body);
        throw error;
      }
    });
    await requireUnchanged(source);
    const parts = [...done.values()].sort((a, b) => a.partNumber - b.partNumber);
    const sums = parts.map(({ partNumber, checksum }) => ({
      value: checksum?.crc64nvme ?? "",
      sizeBytes: sizeOfPart(partNumber, partSizeBytes, sizeBytes),
    }));
    const crc64nvme = combineChecksums("CRC64NVME", sums);
    const stored = await complete(target, uploadId, { parts, crc64nvme, sizeBytes, ifNoneMatch });
    await removeJournal(journal);
    return stored;
  } catch (error) {
    await leave(error, { target, uploadId, journal, done, count, path: source.path }, context);
    throw error;
  }
}
async function beginUpload(source, { client, bucket, key }, { settings, partSizeBytes }, { journals, output, signal }) {
  const head = {
    kind: "upload",
    endpoint: client.endpoint.url,
    bucket,
    key,
    path: resolve(source.path),
    sizeBytes: source.sizeBytes,
    partSizeBytes,
    state: `${source.state.mtimeNs} ${source.state.ino} ${JSON.stringify(settings)}`,
  };
  const known = journals === void 0 ? void 0 : await readJournal(join(journals, `${journalName(head)}.jsonl`));
  const isOfOther = known !== void 0 && isBusy(known.head);
  const done = /* @__PURE__ */ new Map();
  if (known?.head.uploadId !== void 0 && !isOfOther) {
    const { uploadId: uploadId2 } = known.head;
    const isSame =
      known.head.state === head.state &&
      known.head.sizeBytes === head.sizeBytes &&
      known.head.partSizeBytes === partSizeBytes;
    const stored = await listParts(client, { bucket, key, uploadId: uploadId2 }).catch(() => void 0);
    if (isSame && stored !== void 0) {
      const etags = new Map(stored.map((part) => [part.partNumber, part.etag]));
      for (const { part, etag, checksum } of known.parts) {
        if (etag !== void 0 && etags.get(part) === etag) {
          done.set(part, { partNumber: part, etag, checksum: { crc64nvme: checksum } });
        }
      }
      const journal2 = await startJournal(journals ?? "", { ...known.head, pid: process.pid });
      for (const { partNumber: part, etag, checksum } of done.values())
        addPart(journal2, { part, etag, checksum: checksum?.crc64nvme ?? "" });
      output.debug(`goes on with the upload ${uploadId2}: ${done.size} parts are stored`);
      return { uploadId: uploadId2, journal: journal2, done };
    }
    if (stored !== void 0) await abortMultipartUpload(client, { bucket, key, uploadId: uploadId2 }).catch(() => {});
  }
  signal.throwIfAborted();
  const uploadId = await createMultipartUpload(client, { ...settings, bucket, key, checksumAlgorithm: "CRC64NVME" });
  const journal =
    journals === void 0 || isOfOther
      ? void 0
      : await startJournal(journals, {
          ...head,
          uploadId,
          pid: process.pid,
          startedAt: /* @__PURE__ */ new Date().toISOString(),
        });
  return { uploadId, journal, done };
}
async function complete({ client, bucket, key }, uploadId, input) {
  const { parts, crc64nvme, sizeBytes, ifNoneMatch } = input;
  try {
    return await completeMultipartUpload(
      client,
      { bucket, key, uploadId },
      { parts, checksum: { crc64nvme }, ifNoneMatch },
    );
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "Network") throw error;
    const head = await headObject(client, { bucket, key }).catch(() => void 0);
    if (head?.sizeBytes === sizeBytes && head.checksums.crc64nvme === crc64nvme) return head;
    throw error;
  }
}
async function leave(error, upload, { signal, onKept, output }) {
  const { target, uploadId, journal, done, count, path } = upload;
  const canGoOn = signal.aborted || (error instanceof CliError && error.code === "Network");
  if (canGoOn && journal !== void 0 && done.size > 0) {
    onKept(`${path}: ${done.size} of ${count} parts are stored`);
    return;
  }
  const { client, bucket, key } = target;
  try {
    await abortMultipartUpload(client, { bucket, key, uploadId }, { signal: AbortSignal.timeout(abortMs) });
    await removeJournal(journal);
  } catch {
    output.warn(`The unfinished upload of ${key} could not be called off: stave transfers clear`);
  }
}
var abortMs = 1e4;
function partSizeFor(sizeBytes) {
  const needed = Math.ceil(sizeBytes / maxParts / mib) * mib;
  if (needed > largestPartBytes) {
    throw new CliError("NotSupported", "It is too large: at most 625 GiB go into one object.");
  }
  return Math.max(smallestPartBytes, needed);
}
function sizeOfPart(partNumber, partSizeBytes, sizeBytes) {
  return Math.min(partSizeBytes, sizeBytes - (partNumber - 1) * partSizeBytes);
}
async function readAt({ file, path }, buffer, position) {
  for (let filled = 0; filled < buffer.length; ) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) throw changed(path);
    filled += bytesRead;
  }
}
async function requireUnchanged({ file, path, state }) {
  const now = await file.stat({ bigint: true });
  if (now.size !== state.size || now.mtimeNs !== state.mtimeNs) throw changed(path);
}
function changed(path) {
  return new CliError("Failed", `${path}: the file was changed while it was read.`, {
    next: ["run the same command again when nobody writes to it"],
  });
}

// src/transfer/download-object.ts
var partialName = /^\.stave-[\da-f]{16}\.part$/;
async function downloadObject(source, path, context) {
  try {
    await mkdir(dirname(path), { recursive: true });
    const isSmall = source.sizeBytes !== void 0 && source.sizeBytes <= singleMaxBytes;
    return isSmall ? await downloadWhole(source, path, context) : await downloadInParts(source, path, context);
  } catch (error) {
    throw fileError(error, path);
  }
}
async function downloadWhole(source, path, context) {
  const { sizeBytes = 0 } = source;
  const body = await context.buffers.take(sizeBytes);
  let isOver = false;
  try {
    const head = await getWhole(source, body, context.signal);
    requireSame(source, head, body);
    const partial = partialOf(source, path);
    try {
      const file = await open2(partial, "wx");
      try {
        await file.writeFile(body);
      } finally {
        await file.close();
      }
      await finish(partial, path, head);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    context.onBytes(sizeBytes);
    isOver = true;
    return head;
  } finally {
    if (isOver) context.buffers.give(body);
    else context.buffers.drop(body);
  }
}
async function downloadInParts(source, path, context) {
  const { client, bucket, key, versionId } = source;
  const head = await headObject(client, { bucket, key, versionId });
  const { sizeBytes } = head;
  if (sizeBytes <= singleMaxBytes) return await downloadWhole({ ...source, sizeBytes }, path, context);
  const begun = await beginDownload(source, head, path, context);
  const { partial, journal, done } = begun;
  const count = Math.ceil(sizeBytes / smallestPartBytes);
  try {
    for (const part of done.keys()) context.onBytes(sizeOfPart(part, smallestPartBytes, sizeBytes));
    const file = await open2(partial, constants2.O_RDWR | constants2.O_CREAT, 438);
    try {
      if (done.size === 0) await requireRoom(partial, sizeBytes);
      const missing = Array.from({ length: count }, (_, at) => at + 1).filter((number) => !done.has(number));
      await eachPart(missing, { atOnce: partsAtOnce, signal: context.signal }, (part, signal) =>
        downloadPart({ source, head, file, part, journal, done }, { ...context, signal }),
      );
    } finally {
      await file.close();
    }
    await requireWhole(source, head, { partial, done }, context);
    await finish(partial, path, head);
    await removeJournal(journal);
    return head;
  } catch (error) {
    const canGoOn = context.signal.aborted || (error instanceof CliError && error.code === "Network");
    if (canGoOn && journal !== void 0 && done.size > 0) {
      context.onKept(`${path}: ${done.size} of ${count} parts are here`);
    } else {
      await rm(partial, { force: true });
      await removeJournal(journal);
    }
    throw error;
  }
}
async function beginDownload(source, head, path, { journals }) {
  const { client, bucket, key, versionId } = source;
  const partial = partialOf(source, path);
  const wanted = {
    kind: "download",
    endpoint: client.endpoint.url,
    bucket,
    key,
    path: resolve2(path),
    sizeBytes: head.sizeBytes,
    partSizeBytes: smallestPartBytes,
    state: `${head.etag} ${versionId ?? head.versionId ?? ""}`,
  };
  const done = /* @__PURE__ */ new Map();
  const known = journals === void 0 ? void 0 : await readJournal(join2(journals, `${journalName(wanted)}.jsonl`));
  if (known !== void 0 && isBusy(known.head)) {
    throw new CliError("Conflict", `${path} is being downloaded by another process (${known.head.pid}).`);
  }
  const isSame = known?.head.state === wanted.state && known.head.sizeBytes === head.sizeBytes;
  const isThere =
    isSame &&
    (await stat(partial).then(
      (state) => state.isFile(),
      () => false,
    ));
  if (isThere) for (const { part, checksum } of known.parts) done.set(part, checksum);
  else await rm(partial, { force: true });
  if (journals === void 0) return { partial, journal: void 0, done };
  const journal = await startJournal(journals, {
    ...wanted,
    pid: process.pid,
    startedAt: /* @__PURE__ */ new Date().toISOString(),
  });
  for (const [part, checksum] of done) addPart(journal, { part, checksum });
  return { partial, journal, done };
}
async function downloadPart(work, { buffers, signal, onBytes }) {
  const { source, head, file, part, journal, done } = work;
  const from = (part - 1) * smallestPartBytes;
  const buffer = await buffers.take(sizeOfPart(part, smallestPartBytes, head.sizeBytes));
  try {
    await getRange(source, head, { from, buffer, signal });
    const checksum = checksumOf2(algorithmFor(head), buffer);
    for (let written = 0; written < buffer.length; ) {
      const { bytesWritten } = await file.write(buffer, written, buffer.length - written, from + written);
      written += bytesWritten;
    }
    done.set(part, checksum);
    if (journal !== void 0) addPart(journal, { part, checksum });
    onBytes(buffer.length);
    buffers.give(buffer);
  } catch (error) {
    buffers.drop(buffer);
    throw error;
  }
}
async function getWhole(source, buffer, signal) {
  const { client, bucket, key, versionId } = source;
  for (let tried = 1; ; tried += 1) {
    try {
      const { head, body } = await getObject(client, { bucket, key, versionId, signal });
      if (head.sizeBytes !== buffer.length) {
        body.destroy();
        throw replaced(source);
      }
      await fill(buffer, body);
      return head;
    } catch (error) {
      if (error instanceof CliError || tried >= bodyTries || signal.aborted) throw bodyError(error, client, signal);
    }
  }
}
function bodyError(error, { endpoint }, signal) {
  return error instanceof CliError ? error : networkError(error, { url: endpoint.url, signal });
}
var bodyTries = 5;
async function getRange({ client, bucket, key, versionId }, { etag }, { from, buffer, signal }) {
  const to = from + buffer.length - 1;
  for (let tried = 1; ; tried += 1) {
    try {
      const input = { bucket, key, versionId, range: [from, to], ifMatch: etag || void 0, signal };
      const { head, body } = await getObject(client, input);
      if (!head.headers["content-range"]?.startsWith(`bytes ${from}-${to}/`)) {
        body.destroy();
        throw new CliError(
          "NotSupported",
          "The server does not answer with the part of an object that it was asked for.",
        );
      }
      await fill(buffer, body);
      return;
    } catch (error) {
      if (error instanceof CliError && error.serverCode === "PreconditionFailed") throw replaced({ bucket, key });
      if (error instanceof CliError || tried >= bodyTries || signal.aborted) throw bodyError(error, client, signal);
    }
  }
}
async function fill(buffer, body) {
  let filled = 0;
  for await (const chunk of body) {
    if (filled + chunk.length > buffer.length) throw new Error("The body is longer than it was said to be.");
    chunk.copy(buffer, filled);
    filled += chunk.length;
  }
  if (filled !== buffer.length) throw new Error("The body was cut off.");
}
function algorithmFor(head) {
  const name = wholeChecksum(head)?.name;
  const algorithm = name === void 0 ? "CRC64NVME" : algorithms[name];
  return algorithm === "SHA1" || algorithm === "SHA256" ? "CRC64NVME" : algorithm;
}
async function requireWhole(source, head, { partial, done }, { signal, output }) {
  const whole = wholeChecksum(head);
  const algorithm = algorithmFor(head);
  if (whole !== void 0 && algorithms[whole.name] === algorithm) {
    const parts = [...done].sort(([a], [b]) => a - b);
    const sums = parts.map(([part, value]) => ({
      value,
      sizeBytes: sizeOfPart(part, smallestPartBytes, head.sizeBytes),
    }));
    if (combineChecksums2(algorithm, sums) !== whole.value) throw damaged(source);
    return;
  }
  const isSame = await isFileOf(partial, head, source, signal);
  if (isSame === false) throw damaged(source);
  if (isSame === void 0) output.debug(`${nameOf(source)}: the server has no checksum to compare with`);
}
function requireSame(source, head, body) {
  const whole = wholeChecksum(head);
  if (whole !== void 0) {
    if (checksumOf2(algorithms[whole.name], body) !== whole.value) throw damaged(source);
  } else if (isMd5(head.etag) && head.encryption === void 0 && md5Of(body).hex !== head.etag) {
    throw damaged(source);
  }
}
async function requireRoom(path, sizeBytes) {
  const { bavail, bsize } = await statfs(path);
  if (bavail * bsize < sizeBytes) throw Object.assign(new Error("full"), { code: "ENOSPC" });
}
async function finish(partial, path, { lastModified }) {
  if (lastModified !== void 0) await utimes(partial, lastModified, lastModified);
  await rename(partial, path);
}
function partialOf({ client, bucket, key }, path) {
  return partialPath({ endpoint: client.endpoint.url, bucket, key }, path);
}
function partialPath({ endpoint, bucket, key }, path) {
  const id = JSON.stringify([endpoint, bucket, key, resolve2(path)]);
  const name = createHash("sha256").update(id).digest("hex").slice(0, 16);
  return join2(dirname(path), `.stave-${name}.part`);
}
function replaced(source) {
  return new CliError("Conflict", `${nameOf(source)}: the object was replaced while it was read.`, {
    next: ["run the same command again"],
  });
}
function damaged(source) {
  return new CliError("Failed", `${nameOf(source)}: what arrived is not what the server has a checksum of.`, {
    why: "Nothing of it was kept.",
    next: ["run the same command again", "if it stays so, the object is damaged: stave doctor"],
  });
}

export {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  document,
  downloadObject,
  eachPart,
  fileError,
  getRange,
  largestPartBytes,
  leaf,
  maxParts,
  memoryBytes,
  mib,
  partialName,
  partialPath,
  partSizeFor,
  partsAtOnce,
  putObject,
  settingsHeaders,
  singleMaxBytes,
  sizeOfPart,
  smallestPartBytes,
  uploadFile,
  uploadPart,
  uploadPartCopy,
};
//# sourceMappingURL=chunk-VJVARUCU.js.map
