import { readFile } from "node:fs/promises";
import { type Ending, exchange } from "./exchange.ts";
import { FuzzError } from "./fuzz-error.ts";
import { startGateway } from "./gateway-process.ts";
import { createIdentities } from "./identities.ts";
import { type Finding, judge } from "./judge.ts";
import { canariesOf } from "./run-fuzz.ts";
import { createWorld } from "./world.ts";

export type Replay = { readonly findings: readonly Finding[]; readonly received: string };

type Written = {
  readonly seed: number;
  readonly signedAt: string;
  readonly ending: Ending;
  readonly pieces: readonly string[];
};

/** Sends the bytes of a finding to a new gateway, whose clock says what it said then, and judges what comes back. */
export async function replay(file: string, { timeoutSeconds }: { readonly timeoutSeconds: number }): Promise<Replay> {
  const { seed, signedAt, ending, pieces } = await readFinding(file);
  const identities = createIdentities(seed);
  const canaries = canariesOf(identities);
  const startsAt = new Date(signedAt);
  const shiftMs = startsAt.getTime() - Date.now();
  const gateway = await startGateway({ identities, canaries, startsAt });
  try {
    const { port } = gateway;
    const world = createWorld(port, { identities, now: () => new Date(Date.now() + shiftMs) });
    await world.prepare();
    const untouched = await world.snapshot();
    const sent = pieces.map((piece) => Buffer.from(piece, "base64"));
    const outcome = await exchange(sent, { port, localAddress: "127.0.0.1", ending, timeoutMs: timeoutSeconds * 1000 });
    const { findings } = judge({ pieces: sent, ending }, outcome, { identities, canaries });
    const troubles = (await gateway.takeTroubles()).map((text): Finding => ({ kind: "process", text }));
    const isChanged = (await world.snapshot()) !== untouched;
    const effects: readonly Finding[] = isChanged ? [{ kind: "effect", text: "the protected bucket has changed" }] : [];
    return { findings: [...findings, ...troubles, ...effects], received: outcome.received.toString("latin1") };
  } finally {
    await gateway.stop();
  }
}

async function readFinding(file: string): Promise<Written> {
  try {
    const found = JSON.parse(await readFile(file, "utf8")) as Written;
    if (Array.isArray(found.pieces) && Number.isInteger(found.seed)) return found;
  } catch (cause) {
    throw new FuzzError(`Expected ${file} to be a finding`, { cause });
  }
  throw new FuzzError(`Expected ${file} to be a finding: it has no seed and no bytes`);
}
