import { CliError } from "../command/cli-error.ts";
import { writeSecretFile } from "./write-secret-file.ts";

type Made<Result> = { readonly secret: string; readonly made: Result };

/** Makes a secret, and writes it to a new file that nobody else can read. */
export async function intoSecretFile<Result>(file: string, make: () => Promise<Made<Result>>): Promise<Result> {
  let done: Made<Result> | undefined;
  const makeOnce = async () => {
    done ??= await make();
    return done;
  };
  try {
    await writeSecretFile(file, async () => `${(await makeOnce()).secret}\n`);
    return (await makeOnce()).made;
  } catch (error) {
    if (done === undefined) throw error;
    const why = `${String(error)}. It was made, and nobody has it: take it away again, and make another one.`;
    throw new CliError("Failed", "The secret could not be written.", { why, cause: error });
  }
}
