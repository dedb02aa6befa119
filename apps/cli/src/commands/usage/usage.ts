import type { ApiClient } from "../../api/api-client.ts";
import { findService } from "../../api/find-service.ts";
import { listAll } from "../../api/list-all.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { Invocation } from "../../command/invocation.ts";
import { type Column, formatTable } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import type { usageCommand } from "./index.ts";

export const run: RunOf<typeof usageCommand> = async (invocation) => {
  const { api, options, output } = invocation;
  const { by, service } = options;
  if (service !== undefined && by !== "bucket") {
    throw new CliError("Usage", "--service goes with --by bucket.", {
      next: [`stave usage --by bucket --service ${service}`],
    });
  }
  const client = await api();
  if (by === "bucket") await showBuckets(client, output, service);
  else if (by === "key") await showKeys(client, output);
  else await showCounted(client, output, by);
};

type Output = Invocation<unknown, unknown>["output"];
type Counted = {
  readonly buckets: number;
  readonly objects: number;
  readonly versions: number;
  readonly sizeBytes: number;
  readonly quotaBytes?: number | null;
};

async function showCounted({ call }: ApiClient, output: Output, by: "service" | "project"): Promise<void> {
  const { data } = (await call("get /api/usage")).body;
  const counts: readonly Column<Counted>[] = [
    { title: "BUCKETS", of: ({ buckets }) => buckets, isRight: true },
    { title: "OBJECTS", of: ({ objects }) => objects, isRight: true },
    { title: "VERSIONS", of: ({ versions }) => versions, isRight: true },
    { title: "SIZE", of: ({ sizeBytes }) => formatBytes(sizeBytes), isRight: true },
  ];
  const name: Column<{ readonly id: string | number | null; readonly name: string }>[] = [
    { title: "ID", of: ({ id }) => id, isRight: true },
    { title: "NAME", of: ({ name: called }) => called },
  ];
  const total = { id: null, name: "in all", ...data.total };
  if (by === "project") {
    const rows = [...data.projects, total];
    output.result(data, () => formatTable(rows, [...name, ...counts]));
    return;
  }
  const rows = [...data.services, { ...total, quotaBytes: null }];
  output.result(data, () => formatTable(rows, [...name, ...counts, quota]));
}

const quota: Column<{ readonly quotaBytes: number | null }> = {
  title: "QUOTA",
  of: ({ quotaBytes }) => (quotaBytes === null ? "—" : formatBytes(quotaBytes)),
  isRight: true,
};

async function showBuckets(client: ApiClient, output: Output, service: string | undefined): Promise<void> {
  const serviceId = service === undefined ? undefined : (await findService(client, service)).id;
  const rows = await listAll((query) => client.call("get /api/usage/buckets", { query: { ...query, serviceId } }));
  output.list(rows, {
    empty: "There are no buckets of the built-in engine.",
    render: () =>
      formatTable(rows, [
        { title: "BUCKET", of: ({ bucket }) => bucket },
        { title: "SERVICE", of: (row) => row.serviceId, isRight: true },
        { title: "OBJECTS", of: ({ objects }) => objects, isRight: true },
        { title: "VERSIONS", of: ({ versions }) => versions, isRight: true },
        { title: "SIZE", of: ({ sizeBytes }) => formatBytes(sizeBytes), isRight: true },
        quota,
      ]),
  });
}

async function showKeys({ call }: ApiClient, output: Output): Promise<void> {
  const rows = await listAll((query) => call("get /api/usage/keys", { query }));
  output.list(rows, {
    empty: "Nothing was asked yet.",
    render: () =>
      formatTable(rows, [
        { title: "KEY", of: ({ accessKeyId, kind }) => accessKeyId ?? kind },
        { title: "REQUESTS", of: ({ requests }) => requests.total, isRight: true },
        { title: "READ", of: ({ requests }) => requests.read, isRight: true },
        { title: "WRITE", of: ({ requests }) => requests.write, isRight: true },
        { title: "LIST", of: ({ requests }) => requests.list, isRight: true },
        { title: "DELETE", of: ({ requests }) => requests.delete, isRight: true },
        { title: "4XX", of: ({ errors }) => errors.client - errors.server, isRight: true },
        { title: "5XX", of: ({ errors }) => errors.server, isRight: true },
        { title: "IN", of: ({ receivedBytes }) => formatBytes(receivedBytes), isRight: true },
        { title: "OUT", of: ({ sentBytes }) => formatBytes(sentBytes), isRight: true },
      ]),
  });
}
