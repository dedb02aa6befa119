import type { Random } from "../random.ts";
import type { WireRequest } from "../wire-request.ts";
import { disturb, type Mutation } from "./mutation.ts";
import { pieces, values } from "./pieces.ts";

/** Changes of method, path and query. */
export const targetMutations: readonly [Mutation, ...Mutation[]] = [
  { name: "method", apply: (request, random) => ({ ...request, method: random.pick(methods) }) },
  { name: "odd target", apply: (request, random) => ({ ...request, target: random.pick(oddTargets)(request) }) },
  {
    name: "disturbed target",
    apply: change((target, random) => `/${disturb(target, random, random.pick(pieces)).slice(1)}`),
  },
  { name: "another bucket", apply: change((target, random) => target.replace(/^\/[^/?]*/, random.pick(buckets))) },
  { name: "escaped target", apply: change((target, random) => escapeSome(target, random)) },
  {
    name: "parameter added",
    apply: change((target, random) => addParameter(target, `${random.pick(names)}=${random.pick(escapedValues)}`)),
  },
  { name: "bare parameter added", apply: change((target, random) => addParameter(target, random.pick(names))) },
  {
    name: "parameter changed",
    apply: change((target, random) => target.replace(/=[^&]*/, `=${random.pick(escapedValues)}`)),
  },
  { name: "parameters doubled", apply: change((target) => target.replace(/\?(.*)$/, "?$1&$1")) },
  { name: "query dropped", apply: change((target) => target.replace(/\?.*$/, "")) },
  {
    name: "many parameters",
    apply: change((target, random) =>
      addParameter(target, Array.from({ length: 98 + random.below(5) }, (_, at) => `p${at}=1`).join("&")),
    ),
  },
];

const methods: readonly [string, ...string[]] = [
  "GET",
  "HEAD",
  "PUT",
  "POST",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "MKCOL",
  "LOCK",
  "SUBSCRIBE",
  "QUERY",
  "FOO",
  "get",
  "G",
  "PUT\0",
  "GET GET",
  "",
  "PRI",
  "A".repeat(9000),
];
const oddTargets: readonly [(request: WireRequest) => string, ...((request: WireRequest) => string)[]] = [
  () => "*",
  () => "//",
  () => "",
  () => "?",
  () => "/%",
  () => "/fuzz/%00",
  () => "/fuzz/\0",
  () => "/fuzz/\x80\xff",
  () => "/fuzz/a b",
  () => "/fuzz/k#fragment",
  () => "fuzz/k",
  () => "../etc/passwd",
  () => "/../../etc/passwd",
  () => "/fuzz/../protected/secret.txt",
  () => "/fuzz%2f..%2fprotected/secret.txt",
  () => "/%70rotected/secret%2Etxt",
  () => "//protected/secret.txt",
  () => "/storage/v1/s3/protected/secret.txt",
  () => "/metrics",
  () => "/.well-known/x",
  ({ target }) => `http://s3.fuzz.example${target}`,
  ({ target }) => `http://protected.s3.fuzz.example${target}`,
  ({ target }) => `HTTPS://user:pw@evil.example:99999${target}`,
  ({ target }) => `ftp://evil.example${target}`,
  () => "http://s3.fuzz.example",
  () => "http://s3.fuzz.example?list-type=2",
  () => "evil.example:443",
  () => `/fuzz/${"k".repeat(1024)}`,
  () => `/fuzz/${"k".repeat(1025)}`,
  () => `/fuzz/${"%E2%82%AC".repeat(341)}k`,
  () => `/fuzz/${"k".repeat(8185)}`,
  () => `/fuzz/${"k".repeat(8186)}`,
  () => `/${"b".repeat(64)}`,
  () => `/${"/".repeat(2000)}`,
  () => `/fuzz?${"&".repeat(3000)}`,
  () => `/fuzz?x=${"%".repeat(1000)}`,
];
const buckets: readonly [string, ...string[]] = [
  "/protected",
  "/protected",
  "/PROTECTED",
  "/protected.",
  "/fuzz-conf",
  "/fuzz-lock",
  "/fuzz-open",
  "/absent",
  "",
  "/",
  "/.",
  "/..",
  "/%2e%2e",
  "/a_b",
  "/xn--a",
  "/__proto__",
  "/constructor",
  "/127.0.0.1",
  "/fuzz%00",
];
const names: readonly [string, ...string[]] = [
  "acl",
  "policy",
  "cors",
  "delete",
  "uploads",
  "uploadId",
  "partNumber",
  "versionId",
  "versions",
  "list-type",
  "max-keys",
  "prefix",
  "delimiter",
  "marker",
  "continuation-token",
  "start-after",
  "encoding-type",
  "response-content-type",
  "response-expires",
  "tagging",
  "retention",
  "legal-hold",
  "attributes",
  "website",
  "renameObject",
  "lifecycle",
  "torrent",
  "restore",
  "select",
  "session",
  "x-id",
  "X-Amz-Signature",
  "X-Amz-Credential",
  "X-Amz-Algorithm",
  "X-Amz-Expires",
  "X-Amz-Date",
  "X-Amz-SignedHeaders",
  "X-Amz-Security-Token",
  "x-amz-acl",
  "x-amz-meta-a",
  "AWSAccessKeyId",
  "Signature",
  "__proto__",
  "id",
  "max-parts",
];
const escapedValues = values.map((value) => {
  return value.replace(/[^A-Za-z0-9*/]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}) as [string, ...string[]];

function change(turn: (target: string, random: Random) => string): Mutation["apply"] {
  return (request, random) => ({ ...request, target: turn(request.target, random) });
}

function addParameter(target: string, parameter: string): string {
  return `${target}${target.includes("?") ? "&" : "?"}${parameter}`;
}

/** The same target in another spelling. */
function escapeSome(target: string, random: Random): string {
  return target.replace(/[A-Za-z0-9]/g, (character) => {
    return random.isOneIn(5) ? `%${character.charCodeAt(0).toString(16)}` : character;
  });
}
