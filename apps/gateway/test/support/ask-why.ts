import type { Explanation } from "../../src/explain/explanation.ts";
import { callAdmin } from "../../src/process/admin-call.ts";
import { readAdminFile } from "../../src/process/admin-file.ts";
import type { S3Answer } from "./s3-client.ts";
import type { TestGateway } from "./start-gateway.ts";

export type AdminAnswer = { readonly status: number; readonly type: string; readonly text: string };

/** GETs a path of the admin port of a running gateway, signed. */
export async function askAdmin(
  { dataDirectory }: Pick<TestGateway, "dataDirectory">,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<AdminAnswer> {
  const access = await readAdminFile(dataDirectory);
  if (access === undefined) throw new Error(`Expected admin.json in ${dataDirectory}`);
  const [pathname = "", query = ""] = path.split("?");
  const answer = await callAdmin(access, { path: pathname, query: new URLSearchParams(query), headers });
  return { status: answer.status, type: answer.headers.get("content-type") ?? "", text: await answer.text() };
}

/** Why a request got its answer, as the gateway says to who administers it. */
export async function askWhy(gateway: Pick<TestGateway, "dataDirectory">, refused: S3Answer): Promise<Explanation> {
  const id = refused.headers["x-amz-request-id"];
  const { status, text } = await askAdmin(gateway, `/admin/requests/${id}/why`);
  if (status !== 200) throw new Error(`Expected an explanation of ${id}, got ${status}: ${text}`);
  return JSON.parse(text);
}
