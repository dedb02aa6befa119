import { Counter, Gauge, type Registry } from "prom-client";
import type { LimitKind } from "../limits/limit-kind.ts";

export interface LimitMetrics {
  refused(limit: LimitKind): void;
  /** Asked whenever somebody wants to know. */
  watchConnections(count: () => Promise<number>): void;
}

export function createLimitMetrics(registry: Registry): LimitMetrics {
  const registers = [registry];
  const refusals = new Counter({
    name: "stave_limited_total",
    help: "Requests and connections refused because of a limit on rate or number, by limit.",
    labelNames: ["limit"],
    registers,
  });
  return {
    refused: (limit) => refusals.inc({ limit }),
    watchConnections(count) {
      new Gauge({
        name: "stave_open_connections",
        help: "Open connections to the S3 port.",
        registers,
        async collect() {
          this.set(await count());
        },
      });
    },
  };
}
