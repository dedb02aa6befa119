import type { Actor, ActorPool } from "./actor-pool.ts";
import type { ActorCommand, ActorEvent, CrashFinding, JudgeCommand, VerdictEvent } from "./messages.ts";
import { raceWithin } from "./race-within.ts";

/** A process that looks at stores, one after the other: what is wrong with one may take the process with it. */
export interface Judge {
  prepare(directory: string, options: { readonly isAllRelaxed: boolean }): Promise<void>;
  judge(command: JudgeCommand): Promise<VerdictEvent>;
}

const patienceMs = 60_000;

export function createJudge(pool: ActorPool): Judge {
  let current: Actor | undefined;
  const ask = async (command: ActorCommand): Promise<ActorEvent | string> => {
    const actor = current ?? (await pool.take());
    current = actor;
    const { promise, resolve } = Promise.withResolvers<ActorEvent>();
    actor.send(command, resolve);
    const gone = actor.gone.then(() => actor.ended() ?? "it ended");
    const answer = await raceWithin<ActorEvent | string>(patienceMs, [promise, gone]);
    const hasLeftOpen = typeof answer === "object" && "findings" in answer && answer.findings.some(isAboutStart);
    if (typeof answer === "string" || hasLeftOpen) {
      actor.kill();
      await actor.gone;
      current = undefined;
    }
    return answer === "time" ? `it takes more than ${patienceMs / 1000} s` : answer;
  };
  return {
    async prepare(directory, { isAllRelaxed }) {
      const answer = await ask({ role: "prepare", directory, isAllRelaxed });
      if (typeof answer === "string") throw new Error(`A new store cannot be opened: ${answer}`);
    },
    async judge(command) {
      const answer = await ask(command);
      if (typeof answer === "object" && answer.type === "verdict") return answer;
      const text = typeof answer === "string" ? answer : `it said ${answer.type}`;
      return { type: "verdict", judged: 0, findings: [{ kind: "start", subject: "the judge", text }], baseline: [] };
    },
  };
}

/** A store that does not work may still be open: then its disk cannot be unmounted. */
function isAboutStart({ kind }: CrashFinding): boolean {
  return kind === "start";
}
