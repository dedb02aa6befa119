import { setTimeout as sleep } from "node:timers/promises";

const lookEveryMs = 50;
const patienceMs = 20_000;

/** Until it is so. Fails when that takes longer than anything here should. */
export async function waitFor(isSo: () => Promise<boolean>, withinMs = patienceMs): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error("It did not become so.");
    await sleep(lookEveryMs);
  }
}
