import type { RunOf } from "../../command/define-command.ts";
import { serviceQuery } from "../buckets/options.ts";
import { issueInto } from "../keys/secret-files.ts";
import { showIssued } from "../keys/show-issued.ts";
import { findCredential } from "./find-credential.ts";
import type { credentialsRotate } from "./index.ts";

export const run: RunOf<typeof credentialsRotate> = async ({ api, arguments: given, options, output }) => {
  const { bucket } = given;
  const { service, grace: graceSeconds } = options;
  const client = await api();
  const before = await findCredential(client, { ...given, service });
  const issued = await issueInto(options, async () => {
    const { body } = await client.call("post /api/storage/buckets/{bucket}/credentials/{id}/rotate", {
      params: { bucket, id: before.id },
      query: serviceQuery(service),
      body: { graceSeconds },
    });
    return body.data;
  });
  output.note(
    graceSeconds === 0
      ? `${before.accessKeyId} is refused from now on.`
      : `${before.accessKeyId} works for a while yet.`,
  );
  showIssued(output, issued, options);
};
