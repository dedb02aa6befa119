import type { ApiClient } from "../api/api-client.ts";

type Named = { readonly agent: string; readonly tool: string; readonly signal: AbortSignal };

type Send = (route: string, input?: { readonly headers?: Readonly<Record<string, string>> }) => Promise<unknown>;

/** The API, told with each call for whom it is: that is in its audit log. */
export function agentApi(api: ApiClient, { agent, tool, signal }: Named): ApiClient {
  const send = api.call as unknown as Send;
  const call: Send = (route, input = {}) =>
    send(route, {
      ...input,
      headers: { ...input.headers, "stave-agent": agent, "stave-agent-tool": tool },
      signal,
    } as Parameters<Send>[1]);
  return { ...api, call: call as unknown as ApiClient["call"] };
}

/** As a header holds it: what assistants call themselves is theirs, and may be anything. */
export function agentName(client: { readonly name: string; readonly version: string } | undefined): string {
  if (client === undefined) return "unknown";
  const text = `${client.name}/${client.version}`.replaceAll(/[^\x20-\x7e]/g, "?").trim();
  return text === "/" ? "unknown" : text.slice(0, 128).trimEnd();
}
