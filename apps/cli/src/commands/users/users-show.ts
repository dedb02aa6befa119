import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { findUser } from "./find-user.ts";
import type { usersShow } from "./index.ts";

export const run: RunOf<typeof usersShow> = async ({ api, arguments: given, output }) => {
  const client = await api();
  const { id } = await findUser(client, given.user);
  const { body } = await client.call("get /api/users/{id}", { params: { id } });
  const { data: user } = body;
  output.result(user, () =>
    formatProperties({
      ID: user.id,
      Email: user.email,
      Name: user.name,
      Role: user.role,
      "Signs in": user.isDisabled ? "no: disabled" : `with ${user.signsInWith}`,
      Created: user.createdAt,
    }),
  );
};
