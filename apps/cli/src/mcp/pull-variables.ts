import { CliError } from "../command/cli-error.ts";
import type { ToolContext } from "./tool.ts";

type Asked = {
  readonly params: { readonly id: number; readonly project_id: string };
  readonly query: { readonly environment: string };
  readonly path: string;
};

const maxBytes = 64 * 1024;

/** The variables of a link, in plain, into a file that nobody else reads. */
export async function pullVariables(
  { api, secretFiles }: Pick<ToolContext, "api" | "secretFiles">,
  { params, query, path }: Asked,
): Promise<void> {
  await secretFiles.write(path, async () => {
    const { body } = await api.call("get /api/external-services/{id}/projects/{project_id}/environment-file", {
      params,
      query: { ...query, format: "dotenv" },
      isRaw: true,
    });
    const text = await body.text();
    if (text.length > maxBytes) throw new CliError("Failed", "The variables are longer than any should be.");
    return { text, secrets: valuesOf(text), made: undefined };
  });
}

/** Which lines are secret is the server's to say: none of the long values is to be seen. */
function valuesOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/^\w*(?:SECRET|PASSWORD|TOKEN)\w*=(['"]?)(.+)\1$/gm), ([, , value]) => value ?? "");
}
