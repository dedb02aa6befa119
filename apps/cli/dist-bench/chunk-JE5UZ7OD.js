// src/settings/contexts.ts
import { join } from "node:path";
import { readSecretFile, settingsDirectory, writeSecretFile } from "./chunk-64REPC56.js";
import { CliError } from "./chunk-B3FYOJ65.js";

var fileName = "config.json";
async function readContexts(environment) {
  const file = join(settingsDirectory(environment), fileName);
  const text = await readSecretFile(file);
  if (text === void 0) return { contexts: {} };
  const contexts = parseContexts(text);
  if (contexts === void 0) {
    throw new CliError("Usage", `${file} is damaged.`, {
      why: "It is not what stave login writes.",
      next: [`rm ${file}`, "stave login URL"],
    });
  }
  return contexts;
}
async function writeContexts(environment, contexts) {
  await writeSecretFile(
    settingsDirectory(environment),
    fileName,
    `${JSON.stringify(contexts, null, 2)}
`,
  );
}
function parseContexts(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return void 0;
  }
  if (!isRecord(value) || !isRecord(value.contexts)) return void 0;
  const { current } = value;
  if (current !== void 0 && typeof current !== "string") return void 0;
  const entries = Object.entries(value.contexts);
  if (!entries.every((entry) => isContext(entry[1]))) return void 0;
  return { ...(current !== void 0 && { current }), contexts: Object.fromEntries(entries) };
}
function isContext(value) {
  if (!isRecord(value)) return false;
  return typeof value.url === "string" && (value.token === void 0 || typeof value.token === "string");
}
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export { readContexts, writeContexts };
//# sourceMappingURL=chunk-JE5UZ7OD.js.map
