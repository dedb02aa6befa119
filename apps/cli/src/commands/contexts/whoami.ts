import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import type { whoami } from "./index.ts";

export const run: RunOf<typeof whoami> = async ({ api, settings, output }) => {
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
