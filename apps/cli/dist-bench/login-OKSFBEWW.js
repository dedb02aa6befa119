import { defaultUrl } from "./chunk-CLA2V4MA.js";
import { createApiClient } from "./chunk-UGWKYKEV.js";
import { version } from "./chunk-V6QAZNIZ.js";
import "./chunk-HSRHTTG5.js";
import { readContexts, writeContexts } from "./chunk-JE5UZ7OD.js";
import { withContext } from "./chunk-SFOJLQHF.js";
import "./chunk-64REPC56.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/contexts/login.ts
import { text } from "node:stream/consumers";

var run = async ({
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
function readUrl(text2) {
  const url = URL.parse(/^https?:\/\//.test(text2) ? text2 : `https://${text2}`);
  if (url === null || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new CliError("Usage", `Expected a URL such as https://stave.example.com, got "${text2}".`);
  }
  return url.href.replace(/\/+$/, "");
}

export { run };
//# sourceMappingURL=login-OKSFBEWW.js.map
