// Checksum speed, as CPU of the whole process: node packages/s3-checksum/bench/checksum.bench.mjs
// Reads the built package. Figures are medians.
import { randomBytes } from "node:crypto";
import { availableParallelism, cpus } from "node:os";
import {
  checksumAlgorithms,
  checksumOf,
  combineChecksums,
  createChecksum,
  createMd5,
  loadChecksums,
  md5Of,
} from "../dist/index.js";

const rounds = 9;
const kib = 1024;
const data = randomBytes(64 * kib * kib);
const pieces = Array.from({ length: 256 }, (_, at) => data.subarray(at * 256 * kib, (at + 1) * 256 * kib));
const small = data.subarray(0, 4 * kib);
const smallCalls = 20_000;

/** CPU nanoseconds of one call: the median, so that a collection or a neighbour does not decide. */
function cpuOf(step) {
  const times = [];
  for (let round = -1; round < rounds; round += 1) {
    const start = process.cpuUsage();
    step();
    const { user, system } = process.cpuUsage(start);
    if (round >= 0) times.push((user + system) * 1000);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)];
}

function row(name, create, once) {
  const streamed = cpuOf(() => {
    const checksum = create();
    for (const piece of pieces) checksum.update(piece);
    checksum.digest();
  });
  const oneCall = cpuOf(() => {
    for (let call = 0; call < smallCalls; call += 1) once(small);
  });
  const inSteps = cpuOf(() => {
    for (let call = 0; call < smallCalls; call += 1) {
      const checksum = create();
      checksum.update(small);
      checksum.digest();
    }
  });
  const micros = (ns) => `${(ns / smallCalls / 1000).toFixed(2)} µs`;
  return [name, `${(data.length / streamed).toFixed(2)} GB/s`, micros(oneCall), micros(inSteps)];
}

const engines = await loadChecksums();
const rows = checksumAlgorithms.map((algorithm) =>
  row(
    algorithm,
    () => createChecksum(algorithm),
    (bytes) => checksumOf(algorithm, bytes),
  ),
);
rows.push(row("MD5", createMd5, md5Of));

console.log(`${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.version}`);
console.log(
  `${Object.entries(engines)
    .map((entry) => entry.join(": "))
    .join(", ")}\n`,
);
console.log("| algorithm | in pieces of 256 KiB | 4 KiB in one call | 4 KiB in steps |\n| --- | --- | --- | --- |");
for (const cells of rows) console.log(`| ${cells.join(" | ")} |`);

console.log("\n| combining 10,000 parts | of 8 MiB each | each of its own size |\n| --- | --- | --- |");
for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME"]) {
  const value = checksumOf(algorithm, small);
  const cells = [() => 8 * 2 ** 20, (at) => 5 * 2 ** 30 - at].map((sizeOf) => {
    const parts = Array.from({ length: 10_000 }, (_, at) => ({ value, sizeBytes: sizeOf(at) }));
    return `${(cpuOf(() => combineChecksums(algorithm, parts)) / 1e6).toFixed(1)} ms`;
  });
  console.log(`| ${[algorithm, ...cells].join(" | ")} |`);
}
