import type { ApiClient } from "../../api/api-client.ts";

const pageSize = 1000;

export type Service = Awaited<ReturnType<typeof readPage>>[number];

/** All of them, by id. */
export async function listServices(client: ApiClient): Promise<readonly Service[]> {
  const found: Service[] = [];
  for (let page = 1; ; page += 1) {
    const services = await readPage(client, page);
    found.push(...services);
    if (services.length < pageSize) return found;
  }
}

async function readPage({ call }: ApiClient, page: number) {
  const { body } = await call("get /api/external-services", { query: { page, page_size: pageSize } });
  return body;
}
