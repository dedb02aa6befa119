/** Runs at most so many at a time; further ones wait their turn. Resolves to undefined when too many wait already. */
export type InTurn = <Result>(run: () => Promise<Result>) => Promise<Result> | undefined;

export function createInTurn({ atOnce, waiting }: { readonly atOnce: number; readonly waiting: number }): InTurn {
  let running = 0;
  const queue: (() => void)[] = [];
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return (run) => {
    if (running < atOnce) {
      running += 1;
      return run().finally(leave);
    }
    if (queue.length >= waiting) return undefined;
    return new Promise<void>((resolve) => queue.push(resolve)).then(run).finally(leave);
  };
}
