import type { TestApi } from "../../../api/test/support/start-api.ts";
import { act } from "./act.ts";
import type { Fixture, World } from "./fixture.ts";

const ann = { email: "ann@example.com", name: "Ann", password: "a long enough password" };

type User = { readonly id: string; readonly email: string; readonly isDisabled: boolean };
type Token = { readonly id: string; readonly name: string };

async function listUsers(api: TestApi): Promise<readonly User[]> {
  return (await act(api, "/api/users", { method: "GET" })).data;
}

async function removeUsers(api: TestApi, isMeant: (user: User) => boolean): Promise<void> {
  for (const { id } of (await listUsers(api)).filter(isMeant)) await act(api, `/api/users/${id}`, { method: "DELETE" });
}

const without =
  (email: string) =>
  async ({ api }: World) => {
    await removeUsers(api, (user) => user.email === email);
    return undefined;
  };

/** Ann is there, and is let in. */
async function withAnn({ api }: World): Promise<undefined> {
  const found = (await listUsers(api)).find(({ email }) => email === ann.email);
  if (found === undefined) await act(api, "/api/users", { json: { ...ann, role: "viewer" } });
  else if (found.isDisabled) await act(api, `/api/users/${found.id}`, { method: "PATCH", json: { isDisabled: false } });
  return undefined;
}

/** Somebody else decides about everything: the last who does is not changed. */
async function withAdmin({ api }: World): Promise<undefined> {
  const json = { ...ann, email: "root@example.com", role: "admin" };
  await act(api, "/api/users", { json, mayRefuse: [409] });
  return undefined;
}

async function withoutUsers({ api }: World): Promise<undefined> {
  await removeUsers(api, () => true);
  return undefined;
}

async function withFirstUser({ api }: World): Promise<undefined> {
  await act(api, "/api/setup", { json: ann, mayRefuse: [409] });
  return undefined;
}

/** One token is called `ci`. */
async function withToken({ api }: World): Promise<undefined> {
  const { data }: { readonly data: readonly Token[] } = await act(api, "/api/tokens", { method: "GET" });
  for (const { id } of data.filter(({ name }) => name === "ci")) {
    await act(api, `/api/tokens/${id}`, { method: "DELETE" });
  }
  await act(api, "/api/tokens", { json: { name: "ci", permissions: ["storage:read"] } });
  return undefined;
}

export const peopleFixtures: readonly Fixture[] = [
  { of: /^users create ann/, prepare: without("ann@example.com") },
  { of: /^users create bob/, prepare: without("bob@example.com") },
  { of: /^users setup .*--password-stdin/, prepare: withoutUsers },
  { of: /^users setup .*--password-file/, prepare: withFirstUser, code: [6, "the first user is there by then"] },
  { of: /^users (update|role|disable|enable|remove|password)/, prepare: withAdmin },
  { of: /^users (show|update|role|disable|enable|remove|password)/, prepare: withAnn },
  { of: /^tokens revoke/, prepare: withToken },
];
