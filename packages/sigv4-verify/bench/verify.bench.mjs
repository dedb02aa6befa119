// CPU time of one verification. Reads dist: build first. node bench/verify.bench.mjs [rounds]

import { cpus } from "node:os";
import {
  createSigningKeyCache,
  presignUrl,
  signPostPolicy,
  signRequest,
  verifyPostForm,
  verifyRequest,
} from "../dist/index.js";

const rounds = Number(process.argv[2] ?? 9);
const now = () => new Date("2013-05-24T00:00:00Z");
const key = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const signing = { ...key, region: "us-east-1", now };
const url = "https://s3.example.com/photos/2013/05/24/a%20picture.jpg";
const known = { region: "us-east-1", now, findKey: (id) => (id === key.accessKeyId ? found : undefined) };
const found = { secretAccessKey: key.secretAccessKey, identity: "owner" };
const cached = { ...known, signingKeys: createSigningKeyCache() };

const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const headers = { "user-agent": "aws-sdk-js/3", "amz-sdk-request": "attempt=1; max=3", accept: "*/*" };
const get = receive(
  await signRequest({ method: "GET", url: `${url}?x-id=GetObject`, headers }, { ...signing, payloadHash: empty }),
);
const stranger = receive(
  await signRequest({ method: "GET", url, headers }, { ...signing, accessKeyId: "AKIAUNKNOWN", payloadHash: empty }),
);
const presigned = {
  method: "GET",
  target: (await presignUrl({ method: "GET", url }, signing)).slice("https://s3.example.com".length),
  rawHeaders: ["host", "s3.example.com", "user-agent", "Mozilla/5.0", "accept", "*/*"],
};
const wrong = { ...get, rawHeaders: get.rawHeaders.map((value) => value.replace(/Signature=.{4}/, "Signature=0000")) };
const expiresAt = new Date("2013-05-24T01:00:00Z");
const fields = Object.entries(await signPostPolicy({ bucket: "photos", fields: { key: "a.jpg" }, expiresAt }, signing));
const form = { request: { method: "POST", target: "/photos", rawHeaders: [] }, bucket: "photos", fields };

const cases = [
  ["header-signed GET, cached key", () => verifyRequest(get, cached)],
  ["presigned GET, cached key", () => verifyRequest(presigned, cached)],
  ["header-signed GET, no cache", () => verifyRequest(get, known)],
  ["refused: wrong signature", () => verifyRequest(wrong, cached).catch(() => {})],
  ["refused: unknown key", () => verifyRequest(stranger, cached).catch(() => {})],
  ["browser form, cached key", () => verifyPostForm(form, cached)],
];

console.log(`Node ${process.version}, ${cpus()[0]?.model}, median of ${rounds} rounds`);
console.log("| case | CPU µs |\n| --- | --- |");
for (const [name, run] of cases) {
  await measure(run, 20_000); // Warm: the compiler has settled.
  const times = [];
  for (let round = 0; round < rounds; round += 1) times.push(await measure(run, 20_000));
  const median = times.sort((a, b) => a - b)[Math.floor(rounds / 2)];
  console.log(`| ${name} | ${median.toFixed(1)} |`);
}

async function measure(run, count) {
  const start = process.cpuUsage();
  for (let index = 0; index < count; index += 1) await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
}

function receive({ method, target, headers }) {
  return { method, target, rawHeaders: Object.entries(headers).flat() };
}
