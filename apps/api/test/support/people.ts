import type { Role } from "@stave/api-contract";
import type { ApiAnswer, TestApi } from "./start-api.ts";

export const password = "a password that is long";

type PersonCall = {
  readonly method?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Person = {
  readonly id: string;
  readonly email: string;
  /** For the header `cookie`. */
  readonly cookie: string;
  /** Calls with the session, as a page of the server itself would. */
  call(path: string, call?: PersonCall): Promise<ApiAnswer>;
};

export function signIn(api: TestApi, email: string, asked = password, headers = {}): Promise<ApiAnswer> {
  return api.call("/api/session", { method: "POST", token: null, headers, json: { email, password: asked } });
}

export function cookieOf({ headers }: ApiAnswer): string {
  return headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** Somebody new, signed in. */
export async function addPerson(api: TestApi, role: Role, name: string): Promise<Person> {
  const email = `${name}@example.com`;
  const made = await api.call("/api/users", { method: "POST", json: { email, name, role, password } });
  if (made.status !== 201) throw new Error(`${made.status}: ${JSON.stringify(made.body)}`);
  const cookie = cookieOf(await signIn(api, email));
  return {
    id: made.body.data.id,
    email,
    cookie,
    call: (path, call) => {
      return api.call(path, {
        ...call,
        token: null,
        headers: { ...call?.headers, cookie, "sec-fetch-site": "same-origin" },
      });
    },
  };
}
