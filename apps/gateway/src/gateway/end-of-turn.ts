/**
 * Makes a function whose promise resolves when the sockets that are readable now have all been read.
 *
 * Answers that wait for it leave back to back. Written one by one, each finds its reader asleep and pays for waking it, which
 * costs the kernel as much as this server needs for a whole small request: a third of the CPU time of small reads.
 */
export function createEndOfTurn(): () => Promise<void> {
  let turn: Promise<void> | undefined;
  return () => {
    turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined;
        resolve();
      });
    });
    return turn;
  };
}
