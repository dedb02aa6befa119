import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";

export type Project = CallAnswer<Routes["getProject"]>["body"]["data"];

/** All of them, by slug. */
export async function listProjects({ call }: ApiClient): Promise<readonly Project[]> {
  const found: Project[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit: 1000, ...(cursor !== undefined && { cursor }) };
    const { body } = await call("get /api/projects", { query });
    found.push(...body.data);
    if (body.nextCursor === null) return found;
    cursor = body.nextCursor;
  }
}
