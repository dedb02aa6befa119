import type { RunOf } from "../../command/define-command.ts";
import { writeContexts } from "../../settings/contexts.ts";
import { noContext } from "../../settings/sign-in.ts";
import type { contextUse } from "./index.ts";

export const run: RunOf<typeof contextUse> = async ({
  arguments: { name },
  settings: { contexts },
  environment,
  output,
}) => {
  const context = Object.hasOwn(contexts.contexts, name) ? contexts.contexts[name] : undefined;
  if (context === undefined) throw noContext(name);
  await writeContexts(environment, { ...contexts, current: name });
  output.note(`Using ${context.url} from now on.`);
  output.result({ context: name, url: context.url }, () => "");
};
