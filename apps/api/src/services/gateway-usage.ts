import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "@stave/api-contract";
import { signRequest } from "@stave/sigv4-verify";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

const counts = z.object({
  name: z.string(),
  ownerId: z.string(),
  objects: z.int(),
  versions: z.int(),
  sizeBytes: z.int(),
  quotaBytes: z.int().optional(),
});

const usage = z.object({ buckets: z.array(counts), isTruncated: z.boolean() });
const admin = z.object({ url: z.url(), token: z.string(), region: z.string() });

export type BucketCounts = z.output<typeof counts>;

export type UsageQuery = { readonly after?: string; readonly ownerId?: string; readonly limit: number };

const timeoutMs = 10_000;

/** What the gateway counts in each bucket, by name. Its admin port answers who can read admin.json in the data directory. Throws a {@link Problem}. */
export async function readGatewayUsage(
  { config }: Pick<ApiContext, "config">,
  { after, ownerId, limit }: UsageQuery,
): Promise<z.output<typeof usage>> {
  try {
    const access = admin.parse(JSON.parse(await readFile(join(config.dataDirectory, "admin.json"), "utf8")));
    const query = new URLSearchParams({ limit: String(limit) });
    if (after !== undefined) query.set("after", after);
    if (ownerId !== undefined) query.set("owner", ownerId);
    const url = `${access.url}/admin/usage?${query}`;
    const headers = await signAdminCall(url, access);
    const response = await fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
    if (response.status !== 200) throw new Error(`The gateway answered ${response.status}`);
    return usage.parse(await response.json());
  } catch (cause) {
    throw new Problem("UNAVAILABLE", {
      detail: "The gateway could not be asked what it stores.",
      nextActions: ["Check that the gateway runs on the same data directory."],
      cause,
    });
  }
}

async function signAdminCall(url: string, { token, region }: z.output<typeof admin>): Promise<Record<string, string>> {
  const payloadHash = hash("sha256", "");
  const key = { accessKeyId: "admin", secretAccessKey: token, region, service: "stave-admin" };
  const { host: _, ...headers } = (await signRequest({ method: "GET", url }, { ...key, payloadHash })).headers;
  return headers;
}
