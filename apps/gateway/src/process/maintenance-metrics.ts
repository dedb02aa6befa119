import type { CompactionReport } from "@stave/object-store";
import { Counter, Gauge, type Registry } from "prom-client";
import { createLifecycleMetrics, type LifecycleMetrics } from "./lifecycle-metrics.ts";

/** What the upkeep of the stored bytes has to say. Set in the process that does it; the others have zeros, and all are added. */
export interface MaintenanceMetrics {
  compacted(report: CompactionReport): void;
  scrubbed(bytes: number): void;
  foundDamage(): void;
  readonly lifecycle: LifecycleMetrics;
}

export function createMaintenanceMetrics(registry: Registry): MaintenanceMetrics {
  const registers = [registry];
  const scrubBytes = new Counter({
    name: "stave_scrub_bytes_total",
    help: "Stored bytes read and compared with their checksums.",
    registers,
  });
  const scrubDamaged = new Counter({
    name: "stave_scrub_damaged_total",
    help: "Damaged or missing bodies that were found so; each again in every pass.",
    registers,
  });
  const reclaimed = new Counter({
    name: "stave_compaction_reclaimed_bytes_total",
    help: "Bytes of removed segments, less what was still in use of them and was written again.",
    registers,
  });
  const segments = new Gauge({ name: "stave_segments", help: "Segments of small bodies.", registers });
  const segmentBytes = new Gauge({ name: "stave_segment_bytes", help: "What they take on the disk.", registers });
  const liveBytes = new Gauge({
    name: "stave_segment_live_bytes",
    help: "Bytes of the bodies in them that are in use.",
    registers,
  });
  return {
    compacted(report) {
      // The bytes that were moved out of a segment that stays are not given back yet.
      reclaimed.inc(Math.max(0, report.removedBytes - report.movedBytes));
      segments.set(report.segments);
      segmentBytes.set(report.segmentBytes);
      liveBytes.set(report.liveBytes);
    },
    scrubbed: (bytes) => scrubBytes.inc(bytes),
    foundDamage: () => scrubDamaged.inc(),
    lifecycle: createLifecycleMetrics(registry),
  };
}
