import { StoreError } from "@stave/object-store";
import { AggregatorRegistry, Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { RequestRecord } from "../gateway/request-record.ts";
import { createEventMetrics, type EventMetrics } from "./event-metrics.ts";
import { createLimitMetrics, type LimitMetrics } from "./limit-metrics.ts";
import { createMaintenanceMetrics, type MaintenanceMetrics } from "./maintenance-metrics.ts";

export interface Metrics {
  record(request: RequestRecord): void;
  /** Records of server access logs that reached their bucket, or were lost. */
  logged(outcome: "delivered" | "dropped", count: number): void;
  /** A change of a bucket is not on record. */
  auditFailed(): void;
  readonly maintenance: MaintenanceMetrics;
  readonly events: EventMetrics;
  readonly limits: LimitMetrics;
  /** Text of this process alone. */
  text(): Promise<string>;
}

/** Counters of one process. Labels come from closed lists: never one for each key or bucket. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "stave_requests_total",
    help: "S3 requests answered, by operation and status.",
    labelNames: ["operation", "status"],
    registers: [registry],
  });
  const durations = new Histogram({
    name: "stave_request_duration_seconds",
    help: "Time from the request's headers to the end of its answer, by operation.",
    labelNames: ["operation"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  const failures = new Counter({
    name: "stave_request_failures_total",
    help: "Requests refused or failed, by S3 error code.",
    labelNames: ["code"],
    registers: [registry],
  });
  const damagedReads = new Counter({
    name: "stave_damaged_reads_total",
    help: "Requests that failed because stored bytes are damaged or missing.",
    registers: [registry],
  });
  const accessRecords = new Counter({
    name: "stave_access_log_records_total",
    help: "Records of server access logs, by what became of them.",
    labelNames: ["outcome"],
    registers: [registry],
  });
  const auditFailures = new Counter({
    name: "stave_audit_failures_total",
    help: "Changes of buckets that could not be written to the audit log.",
    registers: [registry],
  });
  // Lets the parent ask this process for them: its constructor listens on the channel between the two.
  AggregatorRegistry.setRegistries(registry);
  new AggregatorRegistry();
  return {
    record({ operation, status, errorCode, durationMs, failure }) {
      requests.inc({ operation, status });
      durations.observe({ operation }, durationMs / 1000);
      if (errorCode !== undefined) failures.inc({ code: errorCode });
      if (isDamage(failure)) damagedReads.inc();
    },
    logged: (outcome, count) => accessRecords.inc({ outcome }, count),
    auditFailed: () => auditFailures.inc(),
    maintenance: createMaintenanceMetrics(registry),
    events: createEventMetrics(registry),
    limits: createLimitMetrics(registry),
    text: () => registry.metrics(),
  };
}

/** Bytes on the disk are not what was written there. */
export function isDamage(failure: unknown): boolean {
  return failure instanceof StoreError && failure.code === "ObjectDamaged";
}
