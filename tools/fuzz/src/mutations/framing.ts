import type { Random } from "../random.ts";
import { type Header, toBytes, type WireRequest, withHeader, withoutHeaders } from "../wire-request.ts";
import type { Mutation } from "./mutation.ts";

/** Changes of what says where a request ends. */
export const framingMutations: readonly [Mutation, ...Mutation[]] = [
  {
    name: "content-length",
    apply: (request, random) => withHeader(request, "content-length", random.pick(lengths)(request)),
  },
  { name: "no length", apply: (request) => withoutHeaders(request, ["content-length"]) },
  {
    name: "two lengths",
    apply: (request, random) => append(request, ["content-length", random.pick(lengths)(request)]),
  },
  {
    name: "the same length twice",
    apply: (request) => append(request, ["content-length", String(request.body.length)]),
  },
  {
    name: "length and coding",
    apply: (request, random) => append(withChunks(request, random), ["content-length", random.pick(lengths)(request)]),
  },
  { name: "coding", apply: (request, random) => append(request, ["transfer-encoding", random.pick(codings)]) },
  {
    name: "coding alone",
    apply: (request, random) =>
      append(withoutHeaders(request, ["content-length"]), ["transfer-encoding", random.pick(codings)]),
  },
  { name: "chunked transfer", apply: (request, random) => chunkedTransfer(request, random) },
  {
    name: "broken chunked transfer",
    apply: (request, random) => breakChunks(chunkedTransfer(request, random), random),
  },
  {
    name: "smuggled request",
    apply: (request, random) => ({
      ...request,
      body: Buffer.concat([request.body, Buffer.from(random.pick(smuggled))]),
    }),
  },
  { name: "smuggled in chunks", apply: (request, random) => smuggleInChunks(request, random) },
];

const lengths: readonly [(request: WireRequest) => string, ...((request: WireRequest) => string)[]] = [
  ({ body }) => String(body.length + 1),
  ({ body }) => String(Math.max(body.length - 1, 0)),
  ({ body }) => `+${body.length}`,
  ({ body }) => `${body.length}, ${body.length}`,
  ({ body }) => `0${body.length}`,
  ({ body }) => `${body.length} `,
  ({ body }) => `0x${body.length.toString(16)}`,
  () => "0",
  () => "-1",
  () => "",
  () => "a",
  () => "1e3",
  () => "5368709121",
  () => "99999999999999999999",
  () => "18446744073709551615",
];
const codings: readonly [string, ...string[]] = [
  "chunked",
  "Chunked",
  "identity",
  "gzip",
  "gzip, chunked",
  "chunked, gzip",
  "chunked, chunked",
  "chunked;x=y",
  " chunked",
  "\tchunked",
  "xchunked",
  "chunked\0",
  "chunked\x0b",
  "",
  ",",
  "chunked, identity",
];
const smuggled: readonly [string, ...string[]] = [
  "GET /protected/secret.txt HTTP/1.1\r\nHost: s3.fuzz.example\r\n\r\n",
  "DELETE /protected/secret.txt HTTP/1.1\r\nHost: s3.fuzz.example\r\nContent-Length: 0\r\n\r\n",
  "0\r\n\r\nPUT /protected/new HTTP/1.1\r\nHost: s3.fuzz.example\r\nContent-Length: 1\r\n\r\nx",
  "\r\n\r\nGET / HTTP/0.9\r\n\r\n",
  "GET / HTTP/2.0\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
];

function append(request: WireRequest, header: Header): WireRequest {
  return { ...request, headers: [...request.headers, header] };
}

function chunkedTransfer(request: WireRequest, random: Random): WireRequest {
  return append(withChunks(withoutHeaders(request, ["content-length"]), random), ["transfer-encoding", "chunked"]);
}

function withChunks(request: WireRequest, random: Random): WireRequest {
  const pieces: Buffer[] = [];
  for (let at = 0; at < request.body.length; ) {
    const size = Math.min(1 + random.below(Math.max(40, request.body.length)), request.body.length - at);
    const extension = random.isOneIn(10) ? ";a=b" : "";
    pieces.push(
      Buffer.from(`${size.toString(16)}${extension}\r\n`),
      request.body.subarray(at, at + size),
      Buffer.from("\r\n"),
    );
    at += size;
  }
  const trailer = random.isOneIn(6) ? "x-amz-acl: public-read\r\nauthorization: x\r\n" : "";
  return { ...request, body: Buffer.concat([...pieces, Buffer.from(`0\r\n${trailer}\r\n`)]) };
}

function breakChunks(request: WireRequest, random: Random): WireRequest {
  const text = request.body.toString("latin1");
  const broken = random.pick([
    () => text.replace(/^[0-9a-f]+/, "fffffffffffffffff"),
    () => text.replace(/^[0-9a-f]+/, "-1"),
    () => text.replace(/^[0-9a-f]+/, `1;${"x".repeat(20_000)}`),
    () => text.replace("\r\n", "\n"),
    () => text.replace(/0\r\n\r\n$/, ""),
    () => text.replace(/0\r\n\r\n$/, `0\r\nx: ${"y".repeat(20_000)}\r\n\r\n`),
    () => text.replace(/0\r\n\r\n$/, `0\r\n${"x: y\r\n".repeat(3000)}\r\n`),
    () => `0x${text}`,
    () => "1;x=y\r\na\r\n".repeat(5000),
  ])();
  return { ...request, body: Buffer.from(broken, "latin1") };
}

/** A proxy that reads the length sees one request, one that reads the coding sees two. */
function smuggleInChunks(request: WireRequest, random: Random): WireRequest {
  const inner = Buffer.concat([Buffer.from("0\r\n\r\n"), Buffer.from(random.pick(smuggled))]);
  const bare = withoutHeaders(request, ["content-length"]);
  const lengthOf: Header = ["Content-Length", String(inner.length)];
  const headers: readonly Header[] = random.pick([
    [lengthOf, ["Transfer-Encoding", "chunked"]],
    [["Transfer-Encoding", "chunked"], lengthOf],
    [lengthOf, ["Transfer-Encoding ", "chunked"]],
    [lengthOf, ["Transfer-Encoding", "\x0bchunked"]],
    [lengthOf, ["X", "x\nTransfer-Encoding: chunked"]],
  ]);
  return { ...bare, headers: [...bare.headers, ...headers], body: inner };
}

/** Used where whole requests follow each other. */
export function joinRequests(requests: readonly WireRequest[]): Buffer {
  return Buffer.concat(requests.map(toBytes));
}
