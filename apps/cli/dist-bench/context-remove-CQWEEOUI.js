import { writeContexts } from "./chunk-JE5UZ7OD.js";
import { withoutContext } from "./chunk-SFOJLQHF.js";
import "./chunk-64REPC56.js";
import "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/contexts/context-remove.ts
var run = async ({ arguments: { name }, settings: { contexts }, environment, output }) => {
  await writeContexts(environment, withoutContext(contexts, name));
  output.note(`Forgot ${name}.`);
  output.result({ context: name }, () => "");
};

export { run };
//# sourceMappingURL=context-remove-CQWEEOUI.js.map
