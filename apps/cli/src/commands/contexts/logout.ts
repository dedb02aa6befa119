import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { writeContexts } from "../../settings/contexts.ts";
import { noContext } from "../../settings/sign-in.ts";
import type { logout } from "./index.ts";

export const run: RunOf<typeof logout> = async ({ settings: { context, contexts }, environment, output }) => {
  if (context === undefined) throw new CliError("NotFound", "Nobody is signed in.", { next: ["stave login URL"] });
  const name = context.value;
  const known = Object.hasOwn(contexts.contexts, name) ? contexts.contexts[name] : undefined;
  if (known === undefined) throw noContext(name);
  const entries = Object.entries(contexts.contexts).map(
    ([id, one]) => [id, id === name ? { url: one.url } : one] as const,
  );
  await writeContexts(environment, { ...contexts, contexts: Object.fromEntries(entries) });
  output.note(`Signed out of ${known.url}.`);
  output.result({ context: name, url: known.url }, () => "");
};
