import { CliError } from "./chunk-B3FYOJ65.js";

// src/settings/sign-in.ts
function withContext({ contexts }, name, context) {
  return { current: name, contexts: Object.fromEntries([...Object.entries(contexts), [name, context]]) };
}
function withoutContext({ current, contexts }, name) {
  if (!Object.hasOwn(contexts, name)) throw noContext(name);
  return {
    ...(current !== void 0 && current !== name && { current }),
    contexts: Object.fromEntries(Object.entries(contexts).filter(([known]) => known !== name)),
  };
}
function noContext(name) {
  return new CliError("NotFound", `There is no context "${name}".`, {
    next: ["stave context list", "stave login URL"],
  });
}

export { noContext, withContext, withoutContext };
//# sourceMappingURL=chunk-SFOJLQHF.js.map
