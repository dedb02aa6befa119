import { readSettings, startRun, transferItem } from "./chunk-LQSRFXD5.js";
import "./chunk-AA2MRNTS.js";
import "./chunk-EXQ5TG7M.js";
import "./chunk-VJVARUCU.js";
import { withS3 } from "./chunk-2XHM337O.js";
import "./chunk-AR36GZH3.js";
import "./chunk-RBIQYZKN.js";
import "./chunk-VXJ5RBDU.js";
import "./chunk-OOB3SXYM.js";
import "./chunk-V6QAZNIZ.js";
import "./chunk-HSRHTTG5.js";
import "./chunk-64REPC56.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/transfer/pipe.ts
import { loadChecksums } from "@stave/s3-checksum";

var run = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, stdin } = invocation;
    const target = s3Target(given.target);
    if (target.key === "" || target.key.endsWith("/")) throw new CliError("Usage", `${given.target} names no object.`);
    await loadChecksums();
    const place = { ...target, kind: "object", client: await clientOf(target) };
    const copying = {
      settings: readSettings(options),
      hasSettings: true,
      ifNoneMatch: options.ifNoneMatch ? "*" : void 0,
    };
    const run2 = await startRun(invocation, { parallel: 1, isResumable: false, isSingle: true });
    try {
      await run2.tasks([
        {
          source: "-",
          target: given.target,
          sizeBytes: void 0,
          async run(context) {
            const source = { kind: "input", stream: stdin };
            await transferItem({ source, target: place, sizeBytes: void 0 }, copying, context);
            return "copied";
          },
        },
      ]);
    } finally {
      run2.finish();
    }
  });

export { run };
//# sourceMappingURL=pipe-RF2PSV7K.js.map
