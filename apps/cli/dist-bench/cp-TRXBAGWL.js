import { copyPaths, transferItem } from "./chunk-LQSRFXD5.js";
import "./chunk-AA2MRNTS.js";
import "./chunk-EXQ5TG7M.js";
import "./chunk-VJVARUCU.js";
import "./chunk-2XHM337O.js";
import "./chunk-AR36GZH3.js";
import "./chunk-RBIQYZKN.js";
import "./chunk-VXJ5RBDU.js";
import "./chunk-OOB3SXYM.js";
import "./chunk-V6QAZNIZ.js";
import "./chunk-HSRHTTG5.js";
import "./chunk-64REPC56.js";
import "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/transfer/cp.ts
var run = (invocation) =>
  copyPaths(invocation, async (item, options, context) => {
    await transferItem(item, options, context);
    return "copied";
  });

export { run };
//# sourceMappingURL=cp-TRXBAGWL.js.map
