import type { Content } from "./content.ts";

export type Address = { readonly bucket: string; readonly key: string };

/** What an operation is going to do. A copy has the bytes of its source. */
export type Action =
  | { readonly kind: "put"; readonly sizeBytes: number }
  | { readonly kind: "copy"; readonly content: Content }
  | { readonly kind: "delete" };

/** One write to one key. */
export type Operation = {
  readonly address: Address;
  /** Of this key, from 1, in the order of their beginnings. */
  readonly number: number;
  /** What is there once it has happened; `undefined` after a delete. */
  readonly content: Content | undefined;
  /** The ledger's clock: it counts events. */
  readonly begunAt: number;
};

/** How an operation stands. One that has failed may have happened or not, and may still happen. */
export type Outcome =
  | { readonly kind: "pending" }
  | { readonly kind: "failed" }
  /** The store said that it has not done it. */
  | { readonly kind: "refused" }
  | { readonly kind: "acknowledged"; readonly at: number; readonly versionId: string | undefined };

/** What may be found under one key after a cut. */
export type Standing = {
  readonly address: Address;
  /** The last operation that was acknowledged before the cut began. */
  readonly required: Operation | undefined;
  /** The states that may be found; `undefined` is "nothing there". */
  readonly allowed: readonly (Content | undefined)[];
  /** Acknowledged before the cut began, with the version each has made: all of them must be there. */
  readonly versions: ReadonlyMap<string, Operation>;
  /** Begun before the cut ended, and not required: they may be there. */
  readonly unsettled: readonly Operation[];
  /** All operations on the key until now, those after the cut included. */
  readonly history: readonly Operation[];
  /** When the last operation that counts was begun or acknowledged. */
  readonly changedAt: number;
};

/** A cut of the power. Everything asked of it is answered as of the cut, however long the ledger has gone on since. */
export interface Cut {
  readonly seed: number;
  /** The ledger's clock when the cut began. */
  readonly beganAt: number;
  /** Call it when the snapshot has been taken: operations that begin later cannot be in it. */
  end(): void;
  /** Every key that an operation was begun on before the cut ended. */
  standings(): readonly Standing[];
  outcomeOf(operation: Operation): Outcome;
  /** Whether it began before the cut ended. Only then can it be seen. */
  isBefore(operation: Operation): boolean;
}

/** Records what a store was asked and what it acknowledged. It knows no protocol; any harness can drive it. */
export interface Ledger {
  readonly seed: number;
  /** Call it before the first byte is sent. */
  begin(address: Address, action: Action): Operation;
  /** Call it when the answer has arrived. */
  acknowledge(operation: Operation, result?: { readonly versionId?: string }): void;
  /** No answer, or one that leaves open whether it has happened. */
  fail(operation: Operation): void;
  refuse(operation: Operation): void;
  /** Call it before the snapshot is taken. */
  freeze(): Cut;
}

/** Creates an empty ledger. The seed decides the bytes that operations write, see {@link Operation.content}. */
export function createLedger({ seed }: { readonly seed: number }): Ledger {
  let clock = 0;
  const histories = new Map<string, Operation[]>();
  const outcomes = new Map<Operation, Outcome>();

  const settle = (operation: Operation, outcome: Outcome) => {
    if (outcomes.get(operation)?.kind !== "pending") {
      throw new TypeError(`Expected operation ${operation.number} of ${nameOf(operation.address)} to be pending`);
    }
    outcomes.set(operation, outcome);
  };
  const outcomeOf = (operation: Operation) => outcomes.get(operation) ?? { kind: "pending" as const };

  return {
    seed,
    begin(address, action) {
      const name = nameOf(address);
      const history = histories.get(name) ?? [];
      histories.set(name, history);
      clock += 1;
      const number = history.length + 1;
      const operation = { address, number, begunAt: clock, content: contentOf(action, { name, operation: number }) };
      history.push(operation);
      outcomes.set(operation, { kind: "pending" });
      return operation;
    },
    acknowledge(operation, { versionId } = {}) {
      clock += 1;
      settle(operation, { kind: "acknowledged", at: clock, versionId });
    },
    fail: (operation) => settle(operation, { kind: "failed" }),
    refuse: (operation) => settle(operation, { kind: "refused" }),
    freeze() {
      const beganAt = clock;
      let endedAt = Number.POSITIVE_INFINITY;
      const isBefore = (operation: Operation) => operation.begunAt <= endedAt;
      return {
        seed,
        beganAt,
        isBefore,
        outcomeOf,
        end() {
          endedAt = Math.min(endedAt, clock);
        },
        standings: () =>
          [...histories.values()]
            .filter(([first]) => first !== undefined && isBefore(first))
            .map((history) => standingOf(history, { beganAt, isBefore, outcomeOf })),
      };
    },
  };
}

export function nameOf({ bucket, key }: Address): string {
  return `${bucket}/${key}`;
}

function contentOf(action: Action, written: Omit<Content, "sizeBytes">): Content | undefined {
  if (action.kind === "delete") return undefined;
  return action.kind === "copy" ? action.content : { ...written, sizeBytes: action.sizeBytes };
}

type AsOf = Pick<Cut, "beganAt" | "isBefore" | "outcomeOf">;

function standingOf(history: readonly Operation[], { beganAt, isBefore, outcomeOf }: AsOf): Standing {
  const acknowledgedAt = (operation: Operation) => {
    const outcome = outcomeOf(operation);
    return outcome.kind === "acknowledged" ? outcome.at : Number.POSITIVE_INFINITY;
  };
  const possible = history.filter((operation) => isBefore(operation) && outcomeOf(operation).kind !== "refused");
  const settled = possible.filter((operation) => acknowledgedAt(operation) <= beganAt);
  const required = settled.reduce<Operation | undefined>(
    (last, operation) => (last === undefined || acknowledgedAt(operation) > acknowledgedAt(last) ? operation : last),
    undefined,
  );
  // A state is gone for good once an operation that began after it was acknowledged is itself acknowledged. What has failed is
  // never acknowledged, so it may be found for ever: a harness that wants sharp verdicts leaves such a key alone.
  const lastBeginning = settled.reduce((last, { begunAt }) => Math.max(last, begunAt), 0);
  const standing = possible.filter((operation) => acknowledgedAt(operation) > lastBeginning);
  const versions = settled.flatMap((operation): [string, Operation][] => {
    const outcome = outcomeOf(operation);
    const isVersion = outcome.kind === "acknowledged" && outcome.versionId !== undefined;
    return isVersion && outcome.versionId !== undefined ? [[outcome.versionId, operation]] : [];
  });

  return {
    address: history[0]?.address ?? { bucket: "", key: "" },
    required,
    allowed: [...(settled.length === 0 ? [undefined] : []), ...standing.map(({ content }) => content)],
    versions: new Map(versions),
    unsettled: possible.filter((operation) => acknowledgedAt(operation) > beganAt),
    history,
    changedAt: possible.reduce((last, operation) => {
      const at = acknowledgedAt(operation);
      return Math.max(last, operation.begunAt, at <= beganAt ? at : 0);
    }, 0),
  };
}
