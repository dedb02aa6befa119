import { onDisk } from "../disk-error.ts";
import type { OnDurabilityPoint } from "../durability-point.ts";
import type { Engine } from "../engine.ts";
import { type CompactionReport, type CompactOptions, checkCompactOptions, createCompactor } from "./compact.ts";
import { checkRate } from "./pacer.ts";
import { type ScrubOptions, type ScrubReport, scrub } from "./scrub.ts";

type MaintenanceOperations = {
  compact(options?: CompactOptions): Promise<CompactionReport>;
  scrub(options?: ScrubOptions): Promise<ScrubReport>;
  /** Ends both soon: the store is about to be closed. */
  stop(): void;
};

export function maintenanceOperations(
  engine: Engine & { readonly directory: string; readonly onPoint: OnDurabilityPoint },
): MaintenanceOperations {
  const compactor = createCompactor(engine);
  const closing = new AbortController();
  return {
    async compact(options = {}) {
      checkCompactOptions(options);
      return await engine.writing(() => onDisk(() => compactor.compact(options, closing.signal)));
    },
    async scrub(options = {}) {
      checkRate(options.bytesPerSecond);
      return await engine.writing(() => onDisk(() => scrub(engine, options, closing.signal)));
    },
    stop: () => closing.abort(),
  };
}
