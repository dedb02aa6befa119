import type { TransformCallback } from "node:stream";

/** Runs a step of a Transform and hands what it throws to `done`. */
export function settle(done: TransformCallback, step: () => void): void {
  try {
    step();
  } catch (error) {
    done(error instanceof Error ? error : new Error("A callback threw what is no error", { cause: error }));
    return;
  }
  // Outside the try: what `done` throws is not ours, and must not call it twice.
  done();
}
