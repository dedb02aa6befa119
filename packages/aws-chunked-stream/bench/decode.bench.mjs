// Decoding and encoding speed, as CPU of the whole process: node packages/aws-chunked-stream/bench/decode.bench.mjs
// Reads the built package. Figures are the best of some rounds; a round feeds one body over and over.
import { createHash, createSecretKey, randomBytes } from "node:crypto";
import { availableParallelism, cpus } from "node:os";
import { finished } from "node:stream/promises";
import { decodeChunked, decodeChunkedIterable, encodeChunkedIterable } from "../dist/index.js";

const unsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const signed = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const signing = {
  signingKey: createSecretKey(randomBytes(32)),
  timestamp: "20130524T000000Z",
  credentialScope: "20130524/us-east-1/s3/aws4_request",
  seedSignature: "0".repeat(64),
};
const rounds = 21;
const mib = 2 ** 20;
const data = randomBytes(16 * mib);

/** The body in the pieces in which a socket brings it. */
async function bodyOf(mode, chunkSizeBytes, pieceBytes, bytes = data) {
  const options = { mode, signing, chunkSizeBytes, decodedSizeBytes: bytes.length };
  const body = Buffer.concat(await Array.fromAsync(encodeChunkedIterable([bytes], options)));
  return pieces(body, pieceBytes);
}

function pieces(bytes, pieceBytes) {
  const count = Math.ceil(bytes.length / pieceBytes);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes));
}

async function throughIterable(body, options) {
  let sizeBytes = 0;
  for await (const bytes of decodeChunkedIterable(body, options)) sizeBytes += bytes.length;
  if (sizeBytes !== options.decodedSizeBytes) throw new Error(`Expected ${options.decodedSizeBytes}, got ${sizeBytes}`);
}

async function throughTransform(body, options) {
  const stream = decodeChunked(options);
  stream.resume();
  for (const piece of body) if (!stream.write(piece)) await new Promise((next) => stream.once("drain", next));
  stream.end();
  await finished(stream);
}

/** CPU nanoseconds of one call. */
async function cpuOf(step) {
  const [ns] = await cpuOfEach([step]);
  return ns;
}

/** The same of steps that take turns. The best round of each: what else runs on the machine can only add to it. */
async function cpuOfEach(steps) {
  const best = steps.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, step] of steps.entries()) best[at] = Math.min(best[at], await cpuOnce(step));
  }
  return best;
}

async function cpuOnce(step) {
  const start = process.cpuUsage();
  await step();
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1000;
}

const gigabytes = (sizeBytes, ns) => `${(sizeBytes / ns).toFixed(2)} GB/s`;
const rows = [];
const kib = 1024;
const sha256 = async () => {
  for (const chunk of pieces(data, 64 * kib)) createHash("sha256").update(chunk).digest("hex");
};

for (const [form, run] of [
  ["iterable", throughIterable],
  ["Transform", throughTransform],
]) {
  for (const chunkKib of [64, 1024]) {
    const options = { mode: unsigned, decodedSizeBytes: data.length };
    const body = await bodyOf(unsigned, chunkKib * kib, 64 * kib);
    const ns = await cpuOf(() => run(body, options));
    rows.push([`unsigned, chunks of ${chunkKib} KiB, ${form}`, gigabytes(data.length, ns), ""]);
  }
}
for (const [form, run] of [
  ["iterable", throughIterable],
  ["Transform", throughTransform],
]) {
  for (const chunkKib of [64, 1024]) {
    for (const hold of ["nothing", "chunk"]) {
      if (hold === "chunk" && form === "Transform") continue;
      const options = { mode: signed, signing, decodedSizeBytes: data.length, hold };
      const body = await bodyOf(signed, chunkKib * kib, 64 * kib);
      const [ns, raw] = await cpuOfEach([() => run(body, options), sha256]);
      const perChunk = `${((ns - raw) / (data.length / kib / chunkKib) / 1000).toFixed(1)} µs a chunk besides`;
      const share = `${Math.round((raw / ns) * 100)} % of raw SHA-256 (${gigabytes(data.length, raw)}), ${perChunk}`;
      const held = hold === "chunk" ? ", held" : "";
      rows.push([`signed, chunks of ${chunkKib} KiB${held}, ${form}`, gigabytes(data.length, ns), share]);
    }
  }
}
for (const mode of [unsigned, signed]) {
  const input = pieces(data, 64 * kib);
  const options = { mode, signing, decodedSizeBytes: data.length };
  const encode = async () => {
    for await (const _bytes of encodeChunkedIterable(input, options));
  };
  const ns = await cpuOf(encode);
  rows.push([`encode ${mode === signed ? "signed" : "unsigned"}, chunks of 64 KiB`, gigabytes(data.length, ns), ""]);
}
for (const sizeKib of [128, 256, 512]) {
  const bytes = data.subarray(0, sizeKib * kib);
  const body = await bodyOf(signed, 64 * kib, 1, bytes);
  const ns = await cpuOf(() => throughIterable(body, { mode: signed, signing, decodedSizeBytes: bytes.length }));
  rows.push([`signed, ${sizeKib} KiB one byte at a time`, `${(ns / bytes.length).toFixed(0)} ns a byte`, ""]);
}

console.log(`${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.version}\n`);
console.log("| what | CPU | beside |\n| --- | --- | --- |");
for (const row of rows) console.log(`| ${row.join(" | ")} |`);
