import type { Fixture, World } from "./fixture.ts";

const addContext =
  (name: string) =>
  async ({ staveWith, api }: World) => {
    await staveWith(api.token, "login", api.endpoint, "--token-stdin", "--name", name);
    return undefined;
  };

export const contextFixtures: readonly Fixture[] = [
  { of: /^login$/, code: [2, "there is nobody to type the token"] },
  // The token is that of this server, wherever it is.
  {
    of: /^login https:/,
    prepare: async ({ api }) => ({ "https://stave.example.com": api.endpoint }),
  },
  { of: /^(context use|logout --context) stave\.example\.com$/, prepare: addContext("stave.example.com") },
  { of: /^context (use|rm) local$/, prepare: addContext("local") },
  { of: /^context remove old/, prepare: addContext("old.example.com") },
];
