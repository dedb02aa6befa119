import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { listUsers } from "./find-user.ts";
import type { usersList } from "./index.ts";

export const run: RunOf<typeof usersList> = async ({ api, output, now }) => {
  const users = await listUsers(await api());
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(users, {
    empty: "There are no users. Make the first one with: stave users setup EMAIL --name NAME",
    render: () =>
      formatTable(users, [
        { title: "ID", of: ({ id }) => id },
        { title: "EMAIL", of: ({ email }) => email },
        { title: "NAME", of: ({ name }) => name },
        { title: "ROLE", of: ({ role }) => role },
        { title: "SIGNS IN WITH", of: (user) => (user.isDisabled ? "disabled" : user.signsInWith) },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};
