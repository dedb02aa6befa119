import { text } from "node:stream/consumers";
import { createApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { readContexts, writeContexts } from "../../settings/contexts.ts";
import { defaultUrl } from "../../settings/read-settings.ts";
import { withContext } from "../../settings/sign-in.ts";
import { version } from "../../version.ts";
import type { login } from "./index.ts";

/** The token is tried before it is kept. */
export const run: RunOf<typeof login> = async ({
  arguments: given,
  options: { name: named, tokenStdin },
  environment,
  settings,
  stdin,
  prompts,
  output,
  signal,
}) => {
  const url = readUrl(given.url ?? (settings.url.from === "context" ? defaultUrl : settings.url.value));
  const token = tokenStdin
    ? (await text(stdin)).trim()
    : await prompts.secret(`Token for ${url}`, { flag: "--token-stdin" });
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) throw new CliError("Usage", "That is no token.");
  const api = createApiClient({ url, token, userAgent: `stave/${version}`, output, signal });
  try {
    const { body } = await api.call("get /api/session");
    const name = named ?? new URL(url).host;
    await writeContexts(environment, withContext(await readContexts(environment), name, { url, token }));
    output.note(`Signed in to ${url}, as the context ${name}.`);
    output.result({ context: name, url, session: body.data }, () => "");
  } finally {
    await api.close();
  }
};

function readUrl(text: string): string {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `https://${text}`);
  if (url === null || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new CliError("Usage", `Expected a URL such as https://stave.example.com, got "${text}".`);
  }
  return url.href.replace(/\/+$/, "");
}
