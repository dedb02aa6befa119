import { type AnyCommand, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, flag, InvalidValue, integer, option, optionalArgument, optionOr } from "../../command/options.ts";
import { sizeBytes } from "../../objects/size-bytes.ts";
import { endpointOptions } from "../../s3/find-endpoint.ts";

export const doctor = defineCommand({
  name: "doctor",
  summary: "Tries what clients do, through all proxies, and says what is wrong.",
  about:
    "What is made for it goes afterwards. Without --bucket it makes a bucket of its own. It exits with 1 when a check has failed.",
  arguments: {},
  options: {
    ...endpointOptions,
    bucket: option("--bucket <name>", "one that the key may write to"),
    origin: option("--origin <origin>", "of a page that is to use the bucket", readOrigin),
    quick: flag("--quick", "without what takes long: the body of 100 MiB"),
    dataDir: option("--data-dir <dir>", "of the server, when this is its machine"),
  },
  examples: ["doctor", "doctor --bucket photos --quick", "doctor --json"],
  next: ["why REQUEST_ID"],
  operations: ["explainRefusal", "getStatus"],
});

export const why = defineCommand({
  name: "why",
  summary: "Says why a request was refused, and what to do about it.",
  about:
    "The request id is in the answer that the client got: RequestId, or x-amz-request-id. Only refusals about access are kept, and only the newest.",
  arguments: { requestId: optionalArgument("of the refused request", readRequestId) },
  options: {
    recent: flag("--recent", "list the newest refusals instead"),
    limit: optionOr("--limit <n>", "how many of them", "20", integer({ from: 1, to: 1000 })),
    key: option("--key <id>", "only those of this access key id"),
    code: option("--code <code>", "only those with this error, such as AccessDenied"),
  },
  examples: ["why --recent", "why --recent --code AccessDenied --json"],
  next: ["doctor"],
  operations: ["listRefusals", "explainRefusal"],
});

export const bench = defineCommand({
  name: "bench",
  summary: "Measures what a client gets from a server.",
  about:
    "Put, get, head and list, one after the other, with objects of each size. What is stored for it goes afterwards.",
  arguments: { target: argument("s3://BUCKET to write to") },
  options: {
    ...endpointOptions,
    sizes: optionOr("--sizes <list>", "of objects", "4KiB,1MiB", sizes),
    seconds: optionOr("--seconds <n>", "of each operation and size", "3", integer({ from: 1, to: 600 })),
    concurrency: optionOr("--concurrency <n>", "requests at the same time", "8", integer({ from: 1, to: 64 })),
  },
  examples: ["bench s3://photos --sizes 1MiB --seconds 1", "bench s3://photos --sizes 4KiB --seconds 1 --json"],
  next: ["doctor"],
  operations: [],
});

export const inspectCommands: readonly AnyCommand[] = [
  withCode(doctor, async () => (await import("./doctor.ts")).run),
  withCode(why, async () => (await import("./why.ts")).run),
  withCode(bench, async () => (await import("./bench.ts")).run),
];

function readOrigin(text: string): string {
  if (/^https?:\/\/[^\s/<>"'&]+$/.test(text)) return text;
  throw new InvalidValue(`Expected an origin such as https://app.example.com, got "${text}".`);
}

function readRequestId(text: string): string {
  if (/^[0-9a-f]{16}$/i.test(text)) return text.toUpperCase();
  throw new InvalidValue(`Expected 16 hex digits, as in x-amz-request-id, got "${text}".`);
}

const maxSizeBytes = 256 * 1024 ** 2;

function sizes(text: string): readonly number[] {
  const found = text.split(",").map(sizeBytes);
  if (found.length <= 8 && found.every((size) => size <= maxSizeBytes)) return found;
  throw new InvalidValue(`Expected at most 8 sizes of at most 256MiB, got "${text}".`);
}
