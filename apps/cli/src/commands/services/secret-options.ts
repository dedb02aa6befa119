import { flag, option } from "../../command/options.ts";

/** How a secret key is given: never as an argument. */
export const secretOptions = {
  secretFile: option("--secret-file <file>", "a file with the secret key"),
  secretStdin: flag("--secret-stdin", "read the secret key from stdin"),
};
