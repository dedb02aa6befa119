import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { printable } from "../../output/printable.ts";
import { version } from "../../version.ts";
import { type Attention, findAttention } from "./find-attention.ts";
import type { status } from "./index.ts";
import { describeState, type Permissions, readState, type State } from "./read-state.ts";

export const run: RunOf<typeof status> = async ({ api, options, settings, output, now }) => {
  const client = await api();
  const { body } = await client.call("get /api/status");
  const { version: serverVersion, isSetUp } = body.data;
  const session = settings.token === undefined ? undefined : await readSession(client);
  const state: State | undefined = session && (await readState(client, session.permissions));
  const attention = state === undefined ? notSignedIn(isSetUp) : await findAttention(client, state, now());
  const { permissions, health: _, ...counts } = state ?? {};
  output.result(
    { url: client.url, version: serverVersion, isSetUp, user: session?.user ?? null, ...counts, attention },
    () =>
      formatProperties({
        API: `up at ${client.url}`,
        Version: serverVersion === version ? serverVersion : `${serverVersion}; this command line is ${version}`,
        "Signed in": session?.user ?? "no",
        ...(state !== undefined && describeState(state)),
        Attention: attention.length === 0 ? "nothing" : attention.length,
      }),
  );
  for (const { what, next } of attention) {
    output.warn(`${printable(what)}${next === undefined ? "" : ` Next: ${next}`}`);
  }
  if (options.exitCode && attention.length > 0) {
    throw new CliError("Failed", `What needs attention: ${attention.length}.`);
  }
};

type Session = { readonly user: string; readonly permissions: Permissions };

async function readSession({ call }: ApiClient): Promise<Session> {
  const { kind, user, permissions } = (await call("get /api/session")).body.data;
  return { user: user?.email ?? `a ${kind}`, permissions: new Set(permissions) };
}

function notSignedIn(isSetUp: boolean): readonly Attention[] {
  const first = { what: "Nobody has set it up yet.", next: "open the link that the api has printed when it started" };
  return [...(isSetUp ? [] : [first]), { what: "You are not signed in.", next: "stave login" }];
}
