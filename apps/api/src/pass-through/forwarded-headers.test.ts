import { expect, test } from "vitest";
import { requestHeaders, responseHeaders } from "./forwarded-headers.ts";

const sent = (rawHeaders: string[], remoteAddress = "192.0.2.1") => {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    const value = rawHeaders[index + 1] ?? "";
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { rawHeaders, headers, socket: { remoteAddress } };
};
const nobody = () => false;
const loopback = (address: string) => address.startsWith("127.");
const from = (address: string, protocol = "http") => ["X-Forwarded-For", address, "X-Forwarded-Proto", protocol];

test("names, order and repetitions stay, and what is of the connection goes", () => {
  const kept = [
    "HOST",
    "a:1",
    "x-Amz-Meta-A",
    "1",
    "Content-Length",
    "5",
    "x-amz-meta-a",
    "2",
    "Expect",
    "100-continue",
  ];
  const headers = ["Connection", "Keep-Alive, x-hop", "X-Hop", "1", ...kept, "TE", "trailers", "Upgrade", "h2c"];
  expect(requestHeaders(sent(headers), nobody)).toEqual([...kept, ...from("192.0.2.1")]);
});

test("a client cannot have a header taken away that frames the body or is signed", () => {
  const kept = [
    "Content-Length",
    "5",
    "Transfer-Encoding",
    "chunked",
    "Host",
    "a",
    "X-Amz-Date",
    "d",
    "Authorization",
    "s",
  ];
  const connection = "content-length, transfer-encoding, host, x-amz-date, authorization, x-forwarded-for";
  expect(requestHeaders(sent([...kept, "Connection", connection]), nobody)).toEqual([...kept, ...from("192.0.2.1")]);
});

test("what a client says of itself is not passed on", () => {
  const claims = ["X-Forwarded-For", "10.0.0.1", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "evil"];
  expect(requestHeaders(sent(claims), nobody)).toEqual(from("192.0.2.1"));
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["10.0.0.1, 192.0.2.7", "192.0.2.7"],
  ["192.0.2.7, 127.0.0.2", "192.0.2.7"],
  ["192.0.2.7, unknown", "unknown"],
  ["127.0.0.3, 127.0.0.2", "127.0.0.3"],
])("of a trusted proxy that says %s the client is %s", (forwarded, client) => {
  const message = sent(["X-Forwarded-For", forwarded, "X-Forwarded-Proto", "http, https"], "127.0.0.1");
  expect(requestHeaders(message, loopback)).toEqual(from(client, "https"));
});

test("a trusted proxy names the host that was signed", () => {
  const message = sent(["X-Forwarded-Host", "s3.example.com"], "127.0.0.1");
  expect(requestHeaders(message, loopback)).toEqual(["X-Forwarded-Host", "s3.example.com", ...from("127.0.0.1")]);
});

test("an answer keeps all but what is of the connection", () => {
  const kept = ["ETag", '"a"', "x-amz-meta-a", "1", "Content-Length", "3", "Date", "now"];
  const rawHeaders = [...kept, "Connection", "keep-alive", "Keep-Alive", "timeout=75", "Transfer-Encoding", "chunked"];
  expect(responseHeaders({ rawHeaders })).toEqual(kept);
});
