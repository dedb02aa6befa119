import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import type { contextList } from "./index.ts";

export const run: RunOf<typeof contextList> = async ({ settings: { contexts, context }, output }) => {
  const rows = Object.entries(contexts.contexts).map(([name, { url, token }]) => ({
    name,
    url,
    isCurrent: name === context?.value,
    isSignedIn: token !== undefined,
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
