import { loadChecksums } from "@stave/s3-checksum";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { readObject } from "../../transfer/read-object.ts";
import type { cat } from "./index.ts";

export const run: RunOf<typeof cat> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output, signal } = invocation;
    if (output.isJson)
      throw new CliError("Usage", "The bytes of an object are no JSON.", { next: ["leave --json out"] });
    await loadChecksums();
    for (const text of given.targets) {
      const target = s3Target(text);
      if (target.key === "") throw new CliError("Usage", `${text} names no object.`);
      const source = { ...target, client: await clientOf(target), versionId: options.versionId };
      await readObject(source, output.raw, { signal, onBytes: () => {} }, { range: options.range });
    }
  });
