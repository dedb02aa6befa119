import { Counter, Gauge, type Registry } from "prom-client";
import type { LifecycleAction } from "../lifecycle/run-lifecycle.ts";

/** What lifecycle rules have done. */
export interface LifecycleMetrics {
  done(action: LifecycleAction): void;
  failed(): void;
  /** A run has come to its end without failures. */
  completed(at: Date): void;
}

export function createLifecycleMetrics(registry: Registry): LifecycleMetrics {
  const registers = [registry];
  const actions = new Counter({
    name: "stave_lifecycle_actions_total",
    help: "What was done because of lifecycle rules, by kind.",
    labelNames: ["action"],
    registers,
  });
  const errors = new Counter({
    name: "stave_lifecycle_errors_total",
    help: "What lifecycle rules ask for and could not be done; it is tried again.",
    registers,
  });
  const lastRun = new Gauge({
    name: "stave_lifecycle_last_run_timestamp_seconds",
    help: "When the last run that did everything that was due began.",
    registers,
  });
  return {
    done: (action) => actions.inc({ action }),
    failed: () => errors.inc(),
    completed: (at) => lastRun.set(at.getTime() / 1000),
  };
}
