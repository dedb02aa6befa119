import { formatProperties } from "./chunk-ULDKW3OL.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/contexts/whoami.ts
var run = async ({ api, settings, output }) => {
  const { call } = await api();
  const { body } = await call("get /api/session");
  const { data } = body;
  output.result(data, () =>
    formatProperties({
      Stave: settings.url.value,
      Context: settings.context?.value,
      As: data.user?.email ?? `a ${data.kind}`,
      Role: data.user?.role,
      "May do": data.permissions.join(" "),
    }),
  );
};

export { run };
//# sourceMappingURL=whoami-OHQO63XE.js.map
