import type { CallInput, Routes } from "@stave/api-contract";
import type { Invocation } from "../../command/invocation.ts";
import { printable } from "../../output/printable.ts";
import { findUser } from "./find-user.ts";

type Change = NonNullable<CallInput<Routes["changeUser"]>["body"]>;

/** Changes one user, and says what was done. */
export async function changeUser(
  { api, output }: Pick<Invocation<unknown, unknown>, "api" | "output">,
  { named, change, done }: { readonly named: string; readonly change: Change; readonly done: string },
): Promise<void> {
  const client = await api();
  const { id, email } = await findUser(client, named);
  const { body } = await client.call("patch /api/users/{id}", { params: { id }, body: change });
  output.note(`${printable(email)} ${done}.`);
  output.result(body.data, () => "");
}
