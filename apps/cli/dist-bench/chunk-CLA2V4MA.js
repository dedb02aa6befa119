// src/settings/read-settings.ts
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CliError } from "./chunk-B3FYOJ65.js";
import { readContexts } from "./chunk-JE5UZ7OD.js";

var defaultUrl = "http://127.0.0.1:7400";
async function readSettings(flags, { environment, directory }) {
  const contexts = await readContexts(environment);
  const project = await findProjectFile(directory);
  const context = first(
    [flags.context, { from: "flag", where: "--context" }],
    [environment.STAVE_CONTEXT, { from: "environment", where: "STAVE_CONTEXT" }],
    [project?.context, { from: "project file", where: project?.file }],
    [contexts.current, { from: "context" }],
  );
  const chosen =
    context && (Object.hasOwn(contexts.contexts, context.value) ? contexts.contexts[context.value] : void 0);
  if (context !== void 0 && chosen === void 0 && flags.url === void 0) {
    throw new CliError("Usage", `There is no context "${context.value}".`, {
      why: `It is named by ${context.where ?? "the settings"}.`,
      next: ["stave context list", "stave login URL"],
    });
  }
  const url = first(
    [flags.url, { from: "flag", where: "--url" }],
    [environment.STAVE_URL, { from: "environment", where: "STAVE_URL" }],
    [project?.url, { from: "project file", where: project?.file }],
    [chosen?.url, { from: "context", where: context?.value }],
  ) ?? { value: defaultUrl, from: "default" };
  const isOfContext = chosen !== void 0 && sameOrigin(url.value, chosen.url);
  const token = first(
    [environment.STAVE_TOKEN, { from: "environment", where: "STAVE_TOKEN" }],
    [isOfContext ? chosen.token : void 0, { from: "context", where: context?.value }],
  );
  return { url: { ...url, value: readUrl(url) }, token, context, contexts };
}
function first(...candidates) {
  for (const [value, { from, where }] of candidates) {
    if (value !== void 0 && value !== "") return { value, from, ...(where !== void 0 && { where }) };
  }
  return void 0;
}
function readUrl({ value, from, where }) {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new CliError("Usage", `Expected an http or https URL without a password, got "${value}".`, {
      why: `It comes from ${where ?? from}.`,
    });
  }
  return value.replace(/\/+$/, "");
}
function sameOrigin(left, right) {
  return URL.parse(left)?.origin === URL.parse(right)?.origin;
}
async function findProjectFile(directory) {
  for (let at = directory; ; at = dirname(at)) {
    const file = join(at, ".stave", "config.json");
    const found = await readProjectFile(file);
    if (found !== void 0) return found;
    if (dirname(at) === at) return void 0;
  }
}
async function readProjectFile(file) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return void 0;
  }
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError("Usage", `${file} is not JSON.`, { cause: error, why: String(error) });
  }
  if (typeof value !== "object" || value === null) return void 0;
  if ("contexts" in value) return void 0;
  const { url, context } = value;
  return {
    file,
    ...(typeof url === "string" && { url }),
    ...(typeof context === "string" && { context }),
  };
}

export { defaultUrl, readSettings };
//# sourceMappingURL=chunk-CLA2V4MA.js.map
