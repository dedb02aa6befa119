import type { Fixture } from "./fixture.ts";

const both = { printed: /^ready http:/, count: 2 };

export const serveFixtures: readonly Fixture[] = [
  // Ports of their own, where others may listen on those of the example.
  {
    of: /^serve/,
    prepare: async () => ({ "--port 9000": "--port 0", "--api-port 9001": "--api-port 0" }),
    until: both,
  },
  {
    of: /^api --data-dir/,
    prepare: async ({ dataDirectory }) => ({ "./stave-data": `${dataDirectory} --port 0` }),
    until: { printed: /^ready http:/, count: 1 },
  },
  {
    of: /^gateway keys list/,
    prepare: async ({ dataDirectory }) => ({ "./stave-data": dataDirectory }),
  },
];
