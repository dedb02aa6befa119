import type { ApiClient } from "../../api/api-client.ts";
import { findService } from "../../api/find-service.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { Migration } from "./find-migration.ts";
import type { migrationsList } from "./index.ts";

export const run: RunOf<typeof migrationsList> = async ({ api, arguments: given, options, output, now }) => {
  const client = await api();
  const { id } = await findService(client, given.service);
  const rows = await listMigrations(client, id, options.limit);
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: `There are no migrations. Look at what one would do with: stave migrations start ${given.service} --to-new NAME --dry-run`,
    render: () =>
      formatTable(rows, [
        { title: "ID", of: (row) => row.id },
        { title: "FROM", of: ({ source }) => source.name ?? source.id },
        { title: "TO", of: ({ target }) => target.name ?? target.id },
        { title: "STATE", of: ({ state }) => state },
        { title: "OBJECTS", of: ({ report }) => report?.objects, isRight: true },
        { title: "FAILED", of: ({ report }) => report?.failed, isRight: true },
        { title: "CREATED", of: ({ created_at }) => formatTime(created_at, time) },
      ]),
  });
};

const pageSize = 100;

async function listMigrations({ call }: ApiClient, id: number, atMost: number): Promise<readonly Migration[]> {
  const found: Migration[] = [];
  for (let before: string | undefined; ; ) {
    const limit = Math.min(pageSize, atMost - found.length);
    const query = { limit, before };
    const { body } = await call("get /api/external-services/{id}/migrations", { params: { id }, query });
    found.push(...body);
    before = body.at(-1)?.id;
    if (body.length < limit || found.length >= atMost) return found;
  }
}
