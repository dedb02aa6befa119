import type { LimitField } from "./resource-limits.ts";

export type LimitProblemCode =
  | "AboveHost"
  | "BelowMinimum"
  | "BelowUse"
  | "NotANumber"
  | "SwapWithoutMemory"
  | "UnknownField";

/** What is wrong with one field, for the person who filled it in. */
export type LimitProblem = {
  readonly field: LimitField | (string & {});
  readonly code: LimitProblemCode;
  /** Names the field and what it may be. */
  readonly message: string;
};

/** Limits that cannot be. `problems` has all of them, not only the first. */
export class LimitsError extends Error {
  override readonly name = "LimitsError";
  /** Of the first problem. */
  readonly code: LimitProblemCode;
  readonly problems: readonly LimitProblem[];

  constructor(problems: readonly [LimitProblem, ...LimitProblem[]]) {
    super(problems.map(({ message }) => message).join(" "));
    this.code = problems[0].code;
    this.problems = problems;
  }
}
