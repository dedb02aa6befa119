import { withS3 } from "./chunk-2XHM337O.js";
import { readObject } from "./chunk-AA2MRNTS.js";
import "./chunk-AR36GZH3.js";
import "./chunk-VXJ5RBDU.js";
import "./chunk-V6QAZNIZ.js";
import "./chunk-HSRHTTG5.js";
import "./chunk-64REPC56.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/transfer/cat.ts
import { loadChecksums } from "@stave/s3-checksum";

var run = (invocation) =>
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

export { run };
//# sourceMappingURL=cat-2NYCJEWY.js.map
