// src/transfer/content-type.ts
import { extname } from "node:path";
import {
  childrenOf,
  copySource,
  headObject,
  nameOf,
  readAnswer,
  textOf,
  unquoted,
  wholeChecksum,
  withS3,
} from "./chunk-2XHM337O.js";
import { readObject } from "./chunk-AA2MRNTS.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import { createNameFilter, planCopies } from "./chunk-EXQ5TG7M.js";
import { formatBytes } from "./chunk-OOB3SXYM.js";
import { journalDirectory } from "./chunk-RBIQYZKN.js";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  downloadObject,
  eachPart,
  getRange,
  largestPartBytes,
  maxParts,
  memoryBytes,
  mib,
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
} from "./chunk-VJVARUCU.js";
import { formatTarget } from "./chunk-VXJ5RBDU.js";
import { printable } from "./chunk-XTRZEKZ5.js";

function contentTypeOf(name) {
  return types[extname(name).slice(1).toLowerCase()];
}
var types = Object.assign(/* @__PURE__ */ Object.create(null), {
  aac: "audio/aac",
  avif: "image/avif",
  bmp: "image/bmp",
  bz2: "application/x-bzip2",
  css: "text/css",
  csv: "text/csv",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  eot: "application/vnd.ms-fontobject",
  epub: "application/epub+zip",
  flac: "audio/flac",
  gif: "image/gif",
  gz: "application/gzip",
  htm: "text/html",
  html: "text/html",
  ico: "image/vnd.microsoft.icon",
  ics: "text/calendar",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript",
  json: "application/json",
  jsonl: "application/jsonl",
  map: "application/json",
  md: "text/markdown",
  mjs: "text/javascript",
  mkv: "video/x-matroska",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  mpeg: "video/mpeg",
  odt: "application/vnd.oasis.opendocument.text",
  ogg: "audio/ogg",
  otf: "font/otf",
  parquet: "application/vnd.apache.parquet",
  pdf: "application/pdf",
  png: "image/png",
  ppt: "application/vnd.ms-powerpoint",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  rtf: "application/rtf",
  sh: "application/x-sh",
  svg: "image/svg+xml",
  tar: "application/x-tar",
  tgz: "application/gzip",
  tif: "image/tiff",
  tiff: "image/tiff",
  toml: "application/toml",
  ts: "text/plain",
  tsv: "text/tab-separated-values",
  ttf: "font/ttf",
  txt: "text/plain",
  wasm: "application/wasm",
  wav: "audio/wav",
  weba: "audio/webm",
  webm: "video/webm",
  webp: "image/webp",
  woff: "font/woff",
  woff2: "font/woff2",
  xhtml: "application/xhtml+xml",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xml: "application/xml",
  yaml: "application/yaml",
  yml: "application/yaml",
  zip: "application/zip",
  zst: "application/zstd",
});

// src/transfer/copy-between.ts
import { checksumOf, combineChecksums } from "@stave/s3-checksum";

// src/s3/operations/copy-object.ts
async function copyObject(client, input) {
  const { source, bucket, key, settings, headers = {}, ifNoneMatch } = input;
  const answer = await client.send({
    method: "PUT",
    bucket,
    key,
    isRepeatable: ifNoneMatch === void 0,
    headers: {
      ...(settings && settingsHeaders(settings)),
      ...headers,
      "x-amz-copy-source": copySource(source),
      "x-amz-copy-source-if-match": source.etag === void 0 ? void 0 : `"${source.etag}"`,
      "x-amz-metadata-directive": settings === void 0 ? void 0 : "REPLACE",
      "x-amz-tagging-directive": settings?.tags === void 0 ? void 0 : "REPLACE",
      "if-none-match": ifNoneMatch,
    },
  });
  const root = readAnswer(answer, "CopyObjectResult", nameOf({ bucket, key }));
  return { etag: unquoted(textOf(root, "ETag")), versionId: answer.headers["x-amz-version-id"] };
}

// src/s3/operations/tagging.ts
async function getObjectTags(client, { bucket, key, versionId }) {
  const answer = await client.send({ bucket, key, query: { tagging: "", versionId } });
  const root = readAnswer(answer, "Tagging", nameOf({ bucket, key }));
  const tags = childrenOf(root, "TagSet").flatMap((set) => childrenOf(set, "Tag"));
  return Object.fromEntries(tags.map((tag) => [textOf(tag, "Key") ?? "", textOf(tag, "Value") ?? ""]));
}

// src/transfer/copy-between.ts
var copyMaxBytes = 5 * 1024 * mib;
async function copyBetween(source, target, options, context) {
  const isWithin = isSameServer(source, target);
  const isPlain = isWithin && !options.hasSettings && source.sizeBytes !== void 0 && source.sizeBytes <= copyMaxBytes;
  if (isPlain) return await copyWithin(source, target, { settings: void 0, ifNoneMatch: options.ifNoneMatch }, context);
  const head = await headObject(source.client, source);
  const whole = { ...source, sizeBytes: head.sizeBytes };
  if (isWithin && head.sizeBytes <= copyMaxBytes) {
    const settings2 = options.hasSettings ? await settingsOf(whole, head, options.settings) : void 0;
    return await copyWithin(whole, target, { settings: settings2, ifNoneMatch: options.ifNoneMatch }, context);
  }
  const settings = await settingsOf(whole, head, options.settings);
  if (head.sizeBytes <= singleMaxBytes) return await copySmall(whole, head, target, { ...options, settings }, context);
  return await copyInParts({ source: whole, head, target, isWithin }, { ...options, settings }, context);
}
function isSameServer(left, right) {
  return left.client === right.client;
}
async function copyWithin({ bucket, key, versionId, sizeBytes = 0 }, target, { settings, ifNoneMatch }, { onBytes }) {
  const stored = await copyObject(target.client, {
    source: { bucket, key, versionId },
    bucket: target.bucket,
    key: target.key,
    settings,
    ifNoneMatch,
  });
  onBytes(sizeBytes);
  return stored;
}
async function settingsOf(source, head, said) {
  const isTagged = Number(head.headers["x-amz-tagging-count"] ?? 0) > 0;
  const tags = said.tags ?? (isTagged ? await getObjectTags(source.client, source) : void 0);
  return {
    contentType: said.contentType ?? head.contentType,
    stored: { ...head.stored, ...said.stored },
    metadata: said.metadata ?? head.metadata,
    ...(tags !== void 0 && { tags }),
    storageClass: said.storageClass,
    ...(said.headers !== void 0 && { headers: said.headers }),
  };
}
async function copySmall(
  source,
  head,
  { client, bucket, key },
  { settings, ifNoneMatch },
  { buffers, signal, onBytes },
) {
  const body = await buffers.take(head.sizeBytes);
  try {
    if (body.length > 0) await getRange(source, head, { from: 0, buffer: body, signal });
    const crc64nvme = checksumOf("CRC64NVME", body);
    requireSum(source, head, crc64nvme);
    const stored = await putObject(client, {
      ...settings,
      bucket,
      key,
      body,
      checksum: { crc64nvme },
      ifNoneMatch,
      signal,
    });
    onBytes(body.length);
    buffers.give(body);
    return stored;
  } catch (error) {
    buffers.drop(body);
    throw error;
  }
}
async function copyInParts(work, { settings, ifNoneMatch }, context) {
  const { source, head, target, isWithin } = work;
  const { client, bucket, key } = target;
  const { sizeBytes } = head;
  const partSizeBytes = isWithin ? Math.max(largestPartBytes, partSizeFor(sizeBytes)) : partSizeFor(sizeBytes);
  const checksumAlgorithm = isWithin ? void 0 : "CRC64NVME";
  const uploadId = await createMultipartUpload(client, { ...settings, bucket, key, checksumAlgorithm });
  const address = { bucket, key, uploadId };
  const parts = [];
  try {
    const numbers = Array.from({ length: Math.ceil(sizeBytes / partSizeBytes) }, (_, at) => at + 1);
    await eachPart(numbers, { atOnce: partsAtOnce, signal: context.signal }, async (partNumber, signal) => {
      const from = (partNumber - 1) * partSizeBytes;
      const size = sizeOfPart(partNumber, partSizeBytes, sizeBytes);
      if (isWithin) {
        const { etag } = head;
        const range = [from, from + size - 1];
        parts.push(await uploadPartCopy(client, address, { partNumber, source: { ...source, etag }, range, signal }));
        context.onBytes(size);
        return;
      }
      const body = await context.buffers.take(size);
      try {
        await getRange(source, head, { from, buffer: body, signal });
        const checksum = { crc64nvme: checksumOf("CRC64NVME", body) };
        parts.push(await uploadPart(client, address, { partNumber, body, checksum, signal }));
        context.onBytes(size);
        context.buffers.give(body);
      } catch (error) {
        context.buffers.drop(body);
        throw error;
      }
    });
    parts.sort((a, b) => a.partNumber - b.partNumber);
    if (isWithin) return await completeMultipartUpload(client, address, { parts, ifNoneMatch });
    const sums = parts.map(({ partNumber, checksum }) => ({
      value: checksum?.crc64nvme ?? "",
      sizeBytes: sizeOfPart(partNumber, partSizeBytes, sizeBytes),
    }));
    const crc64nvme = combineChecksums("CRC64NVME", sums);
    requireSum(source, head, crc64nvme);
    return await completeMultipartUpload(client, address, { parts, checksum: { crc64nvme }, ifNoneMatch });
  } catch (error) {
    await abortMultipartUpload(client, address, { signal: AbortSignal.timeout(1e4) }).catch(() => {
      context.output.warn(`The unfinished upload ${uploadId} of ${key} could not be called off.`);
    });
    throw error;
  }
}
function requireSum(source, head, crc64nvme) {
  const whole = wholeChecksum(head);
  if (whole?.name !== "crc64nvme" || whole.value === crc64nvme) return;
  throw new CliError("Failed", `${nameOf(source)}: what arrived is not what the server has a checksum of.`, {
    why: "Nothing of it was kept.",
  });
}

// src/transfer/upload-stream.ts
import { checksumOf as checksumOf2, combineChecksums as combineChecksums2 } from "@stave/s3-checksum";

var partsOfASize = 2500;
var atOnce = 3;
async function uploadStream(source, { client, bucket, key }, { settings, ifNoneMatch }, context) {
  const pieces = inPieces(source)[Symbol.asyncIterator]();
  const first = await pieces.next();
  const second = first.done === true ? first : await pieces.next();
  const { signal, onBytes } = context;
  if (second.done === true) {
    const body = first.value ?? Buffer.alloc(0);
    const checksum = { crc64nvme: checksumOf2("CRC64NVME", body) };
    const stored = await putObject(client, { ...settings, bucket, key, body, checksum, ifNoneMatch, signal });
    onBytes(body.length);
    return { ...stored, sizeBytes: body.length };
  }
  const uploadId = await createMultipartUpload(client, { ...settings, bucket, key, checksumAlgorithm: "CRC64NVME" });
  const address = { bucket, key, uploadId };
  const parts = [];
  const open = /* @__PURE__ */ new Set();
  const stop = new AbortController();
  let failure;
  const send = (partNumber, body) => {
    const crc64nvme = checksumOf2("CRC64NVME", body);
    const part = { partNumber, body, checksum: { crc64nvme }, signal: AbortSignal.any([signal, stop.signal]) };
    const sent = uploadPart(client, address, part).then(
      (uploaded) => {
        parts.push({ ...uploaded, sizeBytes: body.length });
        onBytes(body.length);
      },
      (error) => {
        failure ??= { error };
        stop.abort();
      },
    );
    const tracked = sent.finally(() => open.delete(tracked));
    open.add(tracked);
  };
  try {
    let partNumber = 0;
    for (let piece = first; piece.done !== true; piece = partNumber === 1 ? second : await pieces.next()) {
      partNumber += 1;
      if (partNumber > maxParts) throw new CliError("NotSupported", "The stream is too long for one object.");
      send(partNumber, piece.value);
      if (open.size >= atOnce) await Promise.race(open);
      if (failure !== void 0) throw failure.error;
    }
    await Promise.all(open);
    if (failure !== void 0) throw failure.error;
    signal.throwIfAborted();
    parts.sort((a, b) => a.partNumber - b.partNumber);
    const sums = parts.map(({ checksum: checksum2, sizeBytes }) => ({ value: checksum2?.crc64nvme ?? "", sizeBytes }));
    const checksum = { crc64nvme: combineChecksums2("CRC64NVME", sums) };
    const stored = await completeMultipartUpload(client, address, { parts, checksum, ifNoneMatch });
    return { ...stored, sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0) };
  } catch (error) {
    stop.abort();
    await Promise.all(open);
    await abortMultipartUpload(client, address, { signal: AbortSignal.timeout(1e4) }).catch(() => {
      context.output.warn(`The unfinished upload ${uploadId} of ${key} could not be called off.`);
    });
    throw error;
  }
}
async function* inPieces(source) {
  let number = 1;
  let piece = Buffer.allocUnsafeSlow(smallestPartBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let rest = chunk; rest.length > 0; ) {
      const copied = rest.copy(piece, filled);
      filled += copied;
      rest = rest.subarray(copied);
      if (filled < piece.length) continue;
      yield piece;
      number += 1;
      piece = Buffer.allocUnsafeSlow(smallestPartBytes * 2 ** Math.floor((number - 1) / partsOfASize));
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

// src/transfer/transfer-item.ts
function formatPlace(place) {
  if (place.kind === "file") return place.path;
  return place.kind === "object" ? formatTarget(place) : "-";
}
async function transferItem({ source, target }, options, context) {
  if (source.kind === "object" && target.kind === "object") {
    await copyBetween(source, target, options, context);
  } else if (source.kind === "object" && target.kind === "file") {
    await downloadObject(source, target.path, context);
  } else if (source.kind === "object" && target.kind === "output") {
    await readObject(source, target.stream, context);
  } else if (source.kind === "file" && target.kind === "object") {
    const contentType = options.settings.contentType ?? contentTypeOf(source.path);
    const settings = { ...options.settings, contentType };
    await uploadFile(source.path, target, { ...options, settings }, context);
  } else if (source.kind === "input" && target.kind === "object") {
    const contentType = options.settings.contentType ?? contentTypeOf(target.key);
    const settings = { ...options.settings, contentType };
    await uploadStream(source.stream, target, { ...options, settings }, context);
  } else {
    throw new CliError("Usage", "One of the two has to be an object: s3://BUCKET/KEY.");
  }
}

// src/transfer/run-transfers.ts
import { loadChecksums } from "@stave/s3-checksum";

// src/output/progress.ts
var firstMs = 500;
var everyMs = 200;
var barWidth = 24;
var lineWidth = 78;
function createProgress(output) {
  const startMs = performance.now();
  let [bytes, objects, ofBytes, ofObjects] = [0, 0, 0, 0];
  let isComplete = false;
  let name = "";
  const show = () => {
    const seconds = (performance.now() - startMs) / 1e3;
    const rate = bytes / seconds;
    const share = ofBytes === 0 ? 0 : Math.min(1, bytes / ofBytes);
    const left = rate > 0 ? ` ${formatSeconds((ofBytes - bytes) / rate)} left` : "";
    const filled = Math.round(share * barWidth);
    const bar = `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${Math.floor(share * 100)}%`;
    const sum = `${formatBytes(bytes)} of ${formatBytes(ofBytes)}${isComplete ? "" : " so far"}`;
    const count2 = ofObjects > 1 ? ` ${objects}/${ofObjects}` : "";
    output.status([
      `${isComplete ? `${bar} ` : ""}${sum}${count2} ${formatBytes(rate)}/s${isComplete ? left : ""}`,
      `  ${shortened(printable(name))}`,
    ]);
  };
  const first = output.isTerminal ? setTimeout(show, firstMs) : void 0;
  const timer = output.isTerminal
    ? setInterval(() => performance.now() - startMs > firstMs && show(), everyMs)
    : void 0;
  return {
    expect(moreBytes, moreObjects) {
      ofBytes += moreBytes;
      ofObjects += moreObjects;
    },
    add(more) {
      bytes += more;
    },
    finished() {
      objects += 1;
    },
    current(now) {
      name = now;
    },
    complete() {
      isComplete = true;
    },
    end() {
      clearTimeout(first);
      clearInterval(timer);
      output.status([]);
    },
  };
}
function formatSeconds(seconds) {
  if (!Number.isFinite(seconds)) return "\u2014";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")}m`;
}
function shortened(text) {
  const characters = [...text];
  return characters.length <= lineWidth ? text : `\u2026${characters.slice(1 - lineWidth).join("")}`;
}

// src/transfer/buffer-pool.ts
function createBufferPool(maxBytes) {
  let free = maxBytes;
  const spare = [];
  const waiting = [];
  const make = (sizeBytes) => {
    free -= sizeBytes;
    const at = spare.findIndex(({ length }) => length === sizeBytes);
    const [known] = at === -1 ? [] : spare.splice(at, 1);
    return known ?? Buffer.allocUnsafeSlow(sizeBytes);
  };
  const serve = () => {
    for (;;) {
      const [next] = waiting;
      if (next === void 0 || next.sizeBytes > free) return;
      waiting.shift();
      next.resolve(make(next.sizeBytes));
    }
  };
  return {
    take: (sizeBytes) =>
      waiting.length === 0 && sizeBytes <= free
        ? Promise.resolve(make(sizeBytes))
        : new Promise((resolve) => waiting.push({ sizeBytes, resolve })),
    give(buffer) {
      free += buffer.length;
      if (buffer.length >= reusedBytes && spare.length < maxSpare) spare.push(buffer);
      serve();
    },
    drop(buffer) {
      free += buffer.length;
      serve();
    },
  };
}
var reusedBytes = 1024 ** 2;
var maxSpare = 8;

// src/transfer/run-transfers.ts
var mostWarnings = 20;
async function startRun({ output, signal, environment }, { parallel, isResumable, isSingle }) {
  await loadChecksums();
  const startMs = performance.now();
  const progress = createProgress(output);
  const counts = { copied: 0, moved: 0, same: 0, removed: 0, planned: 0, failed: 0 };
  let sizeBytes = 0;
  let only;
  let isCutOff = false;
  const kept = [];
  const context = {
    signal,
    output,
    buffers: createBufferPool(memoryBytes),
    journals: isResumable ? journalDirectory(environment) : void 0,
    onBytes(bytes) {
      sizeBytes += bytes;
      progress.add(bytes);
    },
    onKept: (what) => void kept.push(what),
  };
  const tell = (line) => {
    if (output.isJson) output.item(line, () => "");
  };
  const fail = (source, error, target) => {
    counts.failed += 1;
    const { message, code, requestId } = describe(error);
    tell({
      status: "failed",
      source,
      ...(target !== void 0 && { target }),
      error: { code, message, ...(requestId !== void 0 && { requestId }) },
    });
    if (isSingle) only = error;
    else if (counts.failed <= mostWarnings)
      output.warn(printable(message.includes(source) ? message : `${source}: ${message}`));
    else if (counts.failed === mostWarnings + 1) output.warn("More have failed: --json names all of them.");
  };
  const runOne = async (task) => {
    progress.current(task.source);
    try {
      const outcome = await task.run(context);
      counts[outcome] += 1;
      if (outcome !== "same") {
        const { source, target } = task;
        tell({ status: outcome, source, target, ...(task.sizeBytes !== void 0 && { sizeBytes: task.sizeBytes }) });
        if (outcome === "planned" && !output.isJson)
          output.item(
            task,
            () => `${printable(source)} -> ${printable(target)}
`,
          );
      }
    } catch (error) {
      if (signal.aborted) return;
      fail(task.source, error, task.target);
    } finally {
      progress.finished();
    }
  };
  return {
    get summary() {
      return { ...counts, sizeBytes };
    },
    skip(source, why, { isFailure }) {
      if (isFailure) return fail(source, new CliError("Failed", `${source}: ${why}`));
      tell({ status: "skipped", source, error: { code: "SKIPPED", message: why } });
      output.warn(`left out ${printable(source)}: ${why}`);
    },
    async tasks(source) {
      const open = /* @__PURE__ */ new Set();
      try {
        for await (const task of source) {
          signal.throwIfAborted();
          progress.expect(task.sizeBytes ?? 0, 1);
          const running = runOne(task).finally(() => open.delete(running));
          open.add(running);
          if (open.size >= parallel) await Promise.race(open);
        }
        progress.complete();
      } catch (error) {
        isCutOff = !signal.aborted;
        throw error;
      } finally {
        await Promise.all(open);
      }
      signal.throwIfAborted();
    },
    finish() {
      progress.end();
      const seconds = (performance.now() - startMs) / 1e3;
      if (output.isJson && !isSingle) output.item({ status: "summary", ...counts, sizeBytes, seconds }, () => "");
      for (const what of kept)
        output.note(`${printable(what)}. The same command goes on with it; stave transfers clear calls it off.`);
      if (isCutOff) return;
      const done = counts.copied + counts.moved;
      const parts = [
        ...(done > 0 || counts.same + counts.removed + counts.planned === 0
          ? [`${count(done)} ${counts.moved > 0 ? "moved" : "copied"}, ${formatBytes(sizeBytes)}`]
          : []),
        ...(counts.same > 0 ? [`${counts.same} the same`] : []),
        ...(counts.removed > 0 ? [`${counts.removed} removed`] : []),
        ...(counts.planned > 0 ? [`${counts.planned} would be done`] : []),
        ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
      ];
      if (!isSingle || only === void 0) output.note(`${parts.join(", ")} in ${formatSeconds(seconds)}.`);
      if (signal.aborted) return;
      if (isSingle && only !== void 0) throw only;
      if (counts.failed > 0) {
        throw new CliError("Failed", `${count(counts.failed)} failed.`, {
          why: "They are named above.",
          next: ["run the same command again: what is done already is not done again by stave mirror"],
        });
      }
    },
  };
}
function count(objects) {
  return objects === 1 ? "1 object" : `${objects} objects`;
}
function describe(error) {
  if (!(error instanceof CliError)) {
    return { message: error instanceof Error ? error.message : String(error), code: "Failed", requestId: void 0 };
  }
  const { message, why, code, serverCode, requestId } = error;
  return { message: why === void 0 ? message : `${message} ${why}`, code: serverCode ?? code, requestId };
}

// src/commands/transfer/copy-paths.ts
async function copyPaths(invocation, step) {
  const { arguments: given, options, output, stdin } = invocation;
  await withS3(invocation, async (session) => {
    const isWanted = createNameFilter(options);
    const onSkipped = ({ name, why, isFailure }) => run.skip(name, why, { isFailure });
    const plan = await planCopies(given.paths, session, {
      recursive: options.recursive,
      versionId: options.versionId,
      isWanted,
      stdin,
      stdout: output.raw,
      onSkipped,
    });
    const run = await startRun(invocation, {
      parallel: options.parallel,
      isResumable: !options.noResume,
      isSingle: plan.isSingle,
    });
    const copying = {
      settings: readSettings(options),
      hasSettings: hasSettings(options),
      ifNoneMatch: options.ifNoneMatch ? "*" : void 0,
    };
    const toTask = (planned) =>
      "error" in planned
        ? { source: planned.name, target: "", sizeBytes: void 0, run: () => Promise.reject(planned.error) }
        : {
            source: formatPlace(planned.source),
            target: formatPlace(planned.target),
            sizeBytes: planned.sizeBytes,
            run: async (context) => (options.dryRun ? "planned" : await step(planned, copying, context)),
          };
    try {
      await run.tasks(tasksOf(plan.items(), toTask));
    } finally {
      run.finish();
    }
  });
}
async function* tasksOf(items, toTask) {
  for await (const planned of items) yield toTask(planned);
}
function readSettings(options) {
  const { contentType, cacheControl, contentDisposition, contentEncoding, metadata, tag, storageClass } = options;
  const stored = Object.entries({
    "cache-control": cacheControl,
    "content-disposition": contentDisposition,
    "content-encoding": contentEncoding,
  }).filter((entry) => entry[1] !== void 0);
  return {
    contentType,
    stored: Object.fromEntries(stored),
    storageClass,
    ...(metadata.length > 0 && { metadata: Object.fromEntries(metadata) }),
    ...(tag.length > 0 && { tags: Object.fromEntries(tag) }),
  };
}
function hasSettings(options) {
  return Object.values(readSettings(options)).some(
    (value) => value !== void 0 && (typeof value === "string" || Object.keys(value).length > 0),
  );
}

export { copyPaths, formatPlace, hasSettings, readSettings, startRun, transferItem };
//# sourceMappingURL=chunk-LQSRFXD5.js.map
