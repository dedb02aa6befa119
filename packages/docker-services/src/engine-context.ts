import type { EngineClient } from "./engine-client.ts";
import { type EngineHost, readHost } from "./engine-host.ts";

/** What every function of this package works with. */
export interface EngineContext {
  readonly client: EngineClient;
  /** At most a minute old. */
  readonly host: () => Promise<EngineHost>;
  readonly now: () => number;
}

const hostMaxAgeMs = 60_000;

export function createContext(client: EngineClient, now: () => number): EngineContext {
  let known: { readonly host: EngineHost; readonly at: number } | undefined;
  return {
    client,
    now,
    host: async () => {
      if (known !== undefined && now() - known.at < hostMaxAgeMs) return known.host;
      known = { host: await readHost(client), at: now() };
      return known.host;
    },
  };
}
