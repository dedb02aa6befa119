import type { ApiClient } from "../../api/api-client.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { bucketsList } from "./index.ts";
import { serviceQuery } from "./options.ts";

const pageSize = 1000;

export const run: RunOf<typeof bucketsList> = async ({ api, options: { service }, output, now }) => {
  const rows = await listBuckets(await api(), service);
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There are no buckets. Make one with: stave buckets create photos",
    render: () =>
      formatTable(rows, [
        { title: "NAME", of: ({ name }) => name },
        { title: "VISIBILITY", of: ({ visibility }) => visibility },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};

async function listBuckets({ call }: ApiClient, service: string | undefined) {
  const found = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit: pageSize, ...serviceQuery(service), ...(cursor !== undefined && { cursor }) };
    const { body } = await call("get /api/storage/buckets", { query });
    found.push(...body.data);
    if (body.nextCursor === null) return found;
    cursor = body.nextCursor;
  }
}
