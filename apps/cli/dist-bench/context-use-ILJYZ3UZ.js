import { writeContexts } from "./chunk-JE5UZ7OD.js";
import { noContext } from "./chunk-SFOJLQHF.js";
import "./chunk-64REPC56.js";
import "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/contexts/context-use.ts
var run = async ({ arguments: { name }, settings: { contexts }, environment, output }) => {
  const context = Object.hasOwn(contexts.contexts, name) ? contexts.contexts[name] : void 0;
  if (context === void 0) throw noContext(name);
  await writeContexts(environment, { ...contexts, current: name });
  output.note(`Using ${context.url} from now on.`);
  output.result({ context: name, url: context.url }, () => "");
};

export { run };
//# sourceMappingURL=context-use-ILJYZ3UZ.js.map
