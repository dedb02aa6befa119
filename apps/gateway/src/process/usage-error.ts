/** The operator asked for something that cannot be: one clear line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
