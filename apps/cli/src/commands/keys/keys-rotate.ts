import type { RunOf } from "../../command/define-command.ts";
import { serviceQuery } from "../buckets/options.ts";
import { findKey } from "./find-key.ts";
import type { keysRotate } from "./index.ts";
import { issueInto } from "./secret-files.ts";
import { showIssued } from "./show-issued.ts";

export const run: RunOf<typeof keysRotate> = async ({ api, arguments: given, options, output }) => {
  const client = await api();
  const { call } = client;
  const { service, grace: graceSeconds } = options;
  const before = await findKey(client, { key: given.key, service });
  const key = await issueInto(options, async () => {
    const { body: config } = await call("get /api/storage/s3/config", { query: serviceQuery(service) });
    const { body } = await call("post /api/storage/s3/access-keys/{id}/rotate", {
      params: { id: before.id },
      body: { graceSeconds },
    });
    const { endpoint, region } = config.data;
    return { ...body.data, endpoint, region };
  });
  output.note(
    graceSeconds === 0
      ? `${before.accessKeyId} is refused from now on.`
      : `${before.accessKeyId} works for a while yet.`,
  );
  showIssued(output, key, options);
};
