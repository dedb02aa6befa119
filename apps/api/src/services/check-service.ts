import { ListBucketsCommand } from "@aws-sdk/client-s3";
import type { ServiceCheck, ServiceRecord } from "@stave/control-database";
import { explainDown } from "../containers/explain-down.ts";
import type { JobContext } from "../jobs/define-job.ts";
import { withDeadline } from "../process/with-deadline.ts";
import { describeS3Error } from "./describe-s3-error.ts";

const timeoutMs = 5_000;
const slowMs = 2_000;

/** Asks a service for its buckets, signed with its credentials. */
export async function checkService(
  context: Pick<JobContext, "clients" | "database" | "docker" | "installation" | "now">,
  service: ServiceRecord,
  signal?: AbortSignal,
): Promise<ServiceCheck> {
  const at = context.now();
  if (service.status === "stopped") return { at, status: "down", reason: "It is stopped." };
  const startedMs = performance.now();
  let isLate = false;
  try {
    const client = await context.clients.clientOf(service);
    await withDeadline(timeoutMs, async (deadline) => {
      deadline.addEventListener("abort", () => {
        isLate = true;
      });
      const abortSignal = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
      await client.send(new ListBucketsCommand({ MaxBuckets: 1 }), { abortSignal });
    });
  } catch (error) {
    const { code, reason } = describeS3Error(error);
    // A key that may not list buckets has proven itself all the same.
    if (code !== "AccessDenied") {
      const said = isLate ? `No answer within ${timeoutMs} ms.` : reason;
      return { at, status: "down", reason: (await explainDown(context, service)) ?? said };
    }
  }
  const latencyMs = Math.round(performance.now() - startedMs);
  if (latencyMs <= slowMs) return { at, status: "operational", latencyMs };
  return { at, status: "degraded", latencyMs, reason: `It took ${latencyMs} ms to answer.` };
}
