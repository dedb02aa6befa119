import type { RunOf } from "../../command/define-command.ts";
import { writeContexts } from "../../settings/contexts.ts";
import { withoutContext } from "../../settings/sign-in.ts";
import type { contextRemove } from "./index.ts";

export const run: RunOf<typeof contextRemove> = async ({
  arguments: { name },
  settings: { contexts },
  environment,
  output,
}) => {
  await writeContexts(environment, withoutContext(contexts, name));
  output.note(`Forgot ${name}.`);
  output.result({ context: name }, () => "");
};
