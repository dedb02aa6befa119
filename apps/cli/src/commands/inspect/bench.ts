import { randomBytes } from "node:crypto";
import { createBench, type Measured } from "../../bench/create-bench.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { requireOnlyBucket } from "../browse/require-target.ts";
import type { bench } from "./index.ts";

const cannotTell =
  "What this cannot tell: how it is with other clients at the same time, after a restart, with a full disk, or with data that is not in the memory of the server. This machine and the way to the server are in every number.";

export const run: RunOf<typeof bench> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output, signal } = invocation;
    const target = requireOnlyBucket(s3Target(given.target));
    const client = await clientOf(target);
    const { bucket } = target;
    const prefix = `stave-bench-${randomBytes(4).toString("hex")}/`;
    const tasks = createBench(client, { bucket, prefix, signal, ...options });
    const rows: Measured[] = [];
    try {
      for (const size of options.sizes) {
        output.note(`${formatBytes(size)}: ${options.seconds} s for each of put, get, head and list …`);
        rows.push(...(await tasks.measure(size)));
      }
    } finally {
      // Also after Ctrl-C.
      await tasks.cleanUp();
    }
    const report = { endpoint: client.endpoint.url, concurrency: options.concurrency, seconds: options.seconds, rows };
    output.result(report, () => render(rows));
    output.note(cannotTell);
  });

function render(rows: readonly Measured[]): string {
  const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  return formatTable(rows, [
    { title: "OPERATION", of: ({ operation }) => operation },
    { title: "SIZE", of: ({ sizeBytes }) => formatBytes(sizeBytes), isRight: true },
    { title: "COUNT", of: ({ count }) => count, isRight: true },
    { title: "PER SECOND", of: ({ perSecond }) => perSecond.toFixed(1), isRight: true },
    { title: "RATE", of: ({ bytesPerSecond }) => bytesPerSecond && `${formatBytes(bytesPerSecond)}/s`, isRight: true },
    { title: "P50 MS", of: ({ p50Ms }) => ms(p50Ms), isRight: true },
    { title: "P95 MS", of: ({ p95Ms }) => ms(p95Ms), isRight: true },
    { title: "P99 MS", of: ({ p99Ms }) => ms(p99Ms), isRight: true },
    { title: "MAX MS", of: ({ maxMs }) => ms(maxMs), isRight: true },
  ]);
}
