import { writeContexts } from "./chunk-JE5UZ7OD.js";
import { noContext } from "./chunk-SFOJLQHF.js";
import "./chunk-64REPC56.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/contexts/logout.ts
var run = async ({ settings: { context, contexts }, environment, output }) => {
  if (context === void 0) throw new CliError("NotFound", "Nobody is signed in.", { next: ["stave login URL"] });
  const name = context.value;
  const known = Object.hasOwn(contexts.contexts, name) ? contexts.contexts[name] : void 0;
  if (known === void 0) throw noContext(name);
  const entries = Object.entries(contexts.contexts).map(([id, one]) => [id, id === name ? { url: one.url } : one]);
  await writeContexts(environment, { ...contexts, contexts: Object.fromEntries(entries) });
  output.note(`Signed out of ${known.url}.`);
  output.result({ context: name, url: known.url }, () => "");
};

export { run };
//# sourceMappingURL=logout-GXUSBHHX.js.map
