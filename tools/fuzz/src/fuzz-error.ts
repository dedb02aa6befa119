/** The fuzzer cannot go on. Nothing is said about the gateway. */
export class FuzzError extends Error {
  override readonly name = "FuzzError";
}
