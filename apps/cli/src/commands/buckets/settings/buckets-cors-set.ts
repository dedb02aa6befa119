import type { RunOf } from "../../../command/define-command.ts";
import type { corsSet } from "./define-set.ts";
import { addRules, setSetting } from "./set-setting.ts";

export const run: RunOf<typeof corsSet> = async (invocation) => {
  const { origin, method, header, expose, maxAge, id, add } = invocation.options;
  const rule = {
    ...(id !== undefined && { id }),
    allowedMethods: method.length > 0 ? method : ["GET", "HEAD"],
    allowedOrigins: origin,
    allowedHeaders: header.length > 0 ? header : ["*"],
    ...(expose.length > 0 && { exposeHeaders: expose }),
    ...(maxAge !== undefined && { maxAgeSeconds: maxAge }),
  };
  await setSetting(invocation, {
    path: "cors",
    said: origin.length === 0 ? undefined : { rules: [rule] },
    merge: add ? addRules : undefined,
  });
};
