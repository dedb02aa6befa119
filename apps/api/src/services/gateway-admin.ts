import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "@stave/api-contract";
import type { ServiceRecord } from "@stave/control-database";
import { signRequest } from "@stave/sigv4-verify";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

const access = z.object({ url: z.url(), token: z.string(), region: z.string() });

const timeoutMs = 60_000;

export type GatewayCall = {
  readonly method: "GET" | "POST" | "PUT";
  /** With its query. */
  readonly path: string;
  readonly body?: string;
};

/**
 * Asks the gateway for what S3 has no words for. Its admin port, on loopback, answers who can read admin.json in the data directory. Throws a
 * {@link Problem} when it does not answer or the service is of another engine, and for what it refuses: those are words of S3, which the
 * caller is told.
 */
export async function askGateway(
  context: Pick<ApiContext, "config">,
  { engine, name }: Pick<ServiceRecord, "engine" | "name">,
  call: GatewayCall,
): Promise<Response> {
  if (engine !== "stave") {
    throw new Problem("NOT_IMPLEMENTED", {
      detail: `Only the built-in engine can do this, and ${name} is of another.`,
    });
  }
  const response = await send(context, call).catch((cause: unknown) => {
    throw gatewayAway(cause);
  });
  if (response.status === 200) return response;
  const said = (await response.text()).slice(0, 500).trim();
  if (response.status === 404) throw new Problem("NOT_FOUND", { detail: said });
  if (response.status === 400) throw new Problem("INVALID_REQUEST", { detail: said });
  throw gatewayAway(new Error(said));
}

/** Signed with the token, which nobody overhears that way. */
async function send({ config }: Pick<ApiContext, "config">, { method, path, body }: GatewayCall): Promise<Response> {
  const file = await readFile(join(config.dataDirectory, "admin.json"), "utf8");
  const { url, token, region } = access.parse(JSON.parse(file));
  const { host: _, ...headers } = (
    await signRequest(
      { method, url: `${url}${path}` },
      {
        accessKeyId: "admin",
        secretAccessKey: token,
        region,
        service: "stave-admin",
        payloadHash: hash("sha256", body ?? ""),
      },
    )
  ).headers;
  const signal = AbortSignal.timeout(timeoutMs);
  return fetch(`${url}${path}`, { method, headers, redirect: "error", signal, ...(body !== undefined && { body }) });
}

export function gatewayAway(cause: unknown): Problem {
  return new Problem("UNAVAILABLE", {
    detail: "The gateway does not answer on its admin port.",
    nextActions: ["Check that the gateway runs on the same data directory."],
    headers: { "retry-after": "5" },
    cause,
  });
}
