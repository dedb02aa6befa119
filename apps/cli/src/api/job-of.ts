type Answer<Status extends number> = {
  readonly status: Status;
  readonly headers: Readonly<Record<string, string>>;
};

/** The job that goes on after an answer, which names it in its `Location`. Undefined: it was done at once. */
export function jobOf(answer: Answer<202>): string;
export function jobOf(answer: Answer<number>): string | undefined;
export function jobOf({ status, headers }: Answer<number>): string | undefined {
  return status === 202 ? (headers.location ?? "").replace(/^.*\/api\/jobs\//, "") : undefined;
}
