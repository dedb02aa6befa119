import { CliError } from "../command/cli-error.ts";
import type { Contexts } from "./contexts.ts";

/** With one more context, which is used from now on; a context of the same name is replaced. */
export function withContext(
  { contexts }: Contexts,
  name: string,
  context: { readonly url: string; readonly token: string },
): Contexts {
  // From entries: a context may be called __proto__.
  return { current: name, contexts: Object.fromEntries([...Object.entries(contexts), [name, context]]) };
}

/** Throws `NotFound` when there is none of that name. */
export function withoutContext({ current, contexts }: Contexts, name: string): Contexts {
  if (!Object.hasOwn(contexts, name)) throw noContext(name);
  return {
    ...(current !== undefined && current !== name && { current }),
    contexts: Object.fromEntries(Object.entries(contexts).filter(([known]) => known !== name)),
  };
}

export function noContext(name: string): CliError {
  return new CliError("NotFound", `There is no context "${name}".`, {
    next: ["stave context list", "stave login URL"],
  });
}
