/** Resolves at the first SIGTERM or SIGINT. Later ones are ignored: draining has a deadline of its own. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGTERM", () => resolve()).on("SIGINT", () => resolve());
  });
}
