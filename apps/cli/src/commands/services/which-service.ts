import { integer, option, optionalArgument } from "../../command/options.ts";

/** How every command is told which service is meant: `--id 1`, or `my-storage`. */
export const service = optionalArgument("the service: its name, slug or id");
export const id = option(
  "--id <id>",
  "the service, as services list shows it",
  integer({ from: 1, to: 2_147_483_647 }),
);
