import { formatTable } from "./chunk-ULDKW3OL.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/contexts/context-list.ts
var run = async ({ settings: { contexts, context }, output }) => {
  const rows = Object.entries(contexts.contexts).map(([name, { url, token }]) => ({
    name,
    url,
    isCurrent: name === context?.value,
    isSignedIn: token !== void 0,
  }));
  output.list(rows, {
    empty: "Nobody is signed in anywhere. Sign in with: stave login URL",
    render: () =>
      formatTable(rows, [
        { title: "", of: ({ isCurrent }) => (isCurrent ? "*" : " ") },
        { title: "NAME", of: ({ name }) => name },
        { title: "URL", of: ({ url }) => url },
        { title: "SIGNED IN", of: ({ isSignedIn }) => (isSignedIn ? "yes" : "no") },
      ]),
  });
};

export { run };
//# sourceMappingURL=context-list-D7SUCP7W.js.map
