import type { Random } from "../random.ts";
import type { Header, WireRequest } from "../wire-request.ts";
import { disturb, type Mutation } from "./mutation.ts";
import { pieces, values } from "./pieces.ts";

/** Changes of the header section. */
export const headerMutations: readonly [Mutation, ...Mutation[]] = [
  { name: "header added", apply: (request, random) => add(request, random, [random.pick(names), random.pick(values)]) },
  { name: "header added", apply: (request, random) => add(request, random, [random.pick(names), random.pick(values)]) },
  { name: "odd header", apply: (request, random) => add(request, random, random.pick(oddHeaders)) },
  { name: "header removed", apply: (request, random) => splice(request, random, () => []) },
  { name: "header doubled", apply: (request, random) => splice(request, random, (header) => [header, header]) },
  {
    name: "header twice",
    apply: (request, random) => splice(request, random, (header) => [header, [header[0], random.pick(values)]]),
  },
  {
    name: "header value",
    apply: (request, random) => splice(request, random, ([name]) => [[name, random.pick(values)]]),
  },
  {
    name: "header disturbed",
    apply: (request, random) =>
      splice(request, random, ([name, value]) => [[name, disturb(value, random, random.pick(pieces))]]),
  },
  {
    name: "header name",
    apply: (request, random) => splice(request, random, ([name, value]) => [[random.pick(renames)(name), value]]),
  },
  {
    name: "huge header",
    apply: (request, random) => add(request, random, [random.pick(names), "h".repeat(random.pick(sizes))]),
  },
  { name: "many headers", apply: (request, random) => many(request, 80 + random.below(60)) },
  {
    name: "much metadata",
    apply: (request, random) => add(request, random, ["x-amz-meta-big", "m".repeat(2030 + random.below(40))]),
  },
  {
    name: "headers shuffled",
    apply: (request, random) => ({ ...request, headers: [...request.headers].sort(() => random.below(3) - 1) }),
  },
];

const names: readonly [string, ...string[]] = [
  "range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
  "host",
  "date",
  "x-amz-date",
  "x-amz-copy-source",
  "x-amz-copy-source-range",
  "x-amz-copy-source-if-match",
  "content-md5",
  "x-amz-checksum-crc32",
  "x-amz-checksum-sha256",
  "x-amz-checksum-algorithm",
  "x-amz-checksum-type",
  "x-amz-checksum-mode",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-trailer",
  "x-amz-decoded-content-length",
  "x-amz-metadata-directive",
  "x-amz-tagging-directive",
  "x-amz-mp-object-size",
  "x-amz-acl",
  "x-amz-grant-read",
  "x-amz-storage-class",
  "x-amz-expected-bucket-owner",
  "x-amz-tagging",
  "x-amz-website-redirect-location",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold",
  "x-amz-bypass-governance-retention",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-customer-key",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-write-offset-bytes",
  "x-amz-rename-source",
  "x-amz-security-token",
  "x-amz-content-sha256",
  "x-amz-object-attributes",
  "x-amz-max-parts",
  "x-amz-meta-__proto__",
  "x-amz-meta-\xe9",
  "constructor",
  "__proto__",
  "content-encoding",
  "content-type",
  "cache-control",
  "expires",
  "origin",
  "access-control-request-method",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-stave-owner-id",
  "x-minio-replication-ssec-crc",
  "aws:userid",
  "cookie",
  "user-agent",
  "referer",
  "accept-encoding",
  "x-amz-request-payer",
  "x-amz-mfa",
];
const sizes: readonly [number, ...number[]] = [1025, 4097, 8193, 15_000, 16_385, 40_000];
const oddHeaders: readonly [Header, ...Header[]] = [
  ["", "x"],
  ["no colon\r\nx", "y"],
  ["x y", "z"],
  ["x\0", "z"],
  ["x-folded", "a\r\n b"],
  ["x-bare", "a\nx-smuggled: b"],
  ["x-carriage", "a\rb"],
  ["x-nul", "a\0b"],
  ["x-high", "\xff\xfe\x80"],
  ["expect", "100-continue"],
  ["expect", "200-ok"],
  ["connection", "upgrade"],
  ["upgrade", "websocket"],
  ["upgrade", "h2c\r\nconnection: Upgrade, HTTP2-Settings\r\nhttp2-settings: AAMAAABkAAQAAP__"],
  ["connection", "close"],
  ["connection", "keep-alive, x-amz-date, host"],
  ["te", "trailers, deflate"],
  ["trailer", "authorization"],
  ["authorization", "Basic YTpi"],
  ["authorization", "Bearer a.b.c"],
  ["authorization", "AWS AKIA:signature"],
  ["authorization", "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature="],
  ["authorization", `AWS4-HMAC-SHA256 ${"a=b,".repeat(1000)}`],
  ["x-amz-security-token", "CanaryTokenOfTheFuzzer"],
];
const renames: readonly [(name: string) => string, ...((name: string) => string)[]] = [
  (name) => name.toUpperCase(),
  (name) => ` ${name}`,
  (name) => `${name} `,
  (name) => `${name}:`,
  (name) => `x-amz-${name}`,
  (name) => name.slice(1),
  (name) => name.replaceAll("-", "_"),
];

function add(request: WireRequest, random: Random, header: Header): WireRequest {
  const at = random.below(request.headers.length + 1);
  return { ...request, headers: request.headers.toSpliced(at, 0, header) };
}

function splice(request: WireRequest, random: Random, turn: (header: Header) => readonly Header[]): WireRequest {
  const at = random.below(request.headers.length);
  const header = request.headers[at];
  return header === undefined ? request : { ...request, headers: request.headers.toSpliced(at, 1, ...turn(header)) };
}

function many(request: WireRequest, count: number): WireRequest {
  const more = Array.from({ length: count }, (_, at): Header => [`x-many-${at}`, "1"]);
  return { ...request, headers: [...request.headers, ...more] };
}
