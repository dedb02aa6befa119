// src/settings/settings-directory.ts
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CliError } from "./chunk-B3FYOJ65.js";
import { printable } from "./chunk-XTRZEKZ5.js";

var directoryMode = 448;
var fileMode = 384;
function settingsDirectory(environment) {
  const { STAVE_CONFIG_DIR: named } = environment;
  return named === void 0 || named === "" ? join(homedir(), ".stave") : named;
}
async function readSecretFile(file) {
  let mode;
  try {
    ({ mode } = await stat(file));
  } catch (error) {
    if (isMissing(error)) return void 0;
    throw new CliError("Failed", `Cannot read ${printable(file)}.`, { cause: error, why: String(error) });
  }
  if (process.platform !== "win32" && (mode & 63) !== 0) {
    throw new CliError("Usage", `Others can read ${printable(file)}, which holds secrets.`, {
      why: `Its mode is ${(mode & 511).toString(8)}; only 600 is used.`,
      next: [`chmod 600 ${file}`, "and make a new token: this one may be known"],
    });
  }
  return await readFile(file, "utf8");
}
async function writeSecretFile(directory, name, text) {
  await mkdir(directory, { recursive: true, mode: directoryMode });
  await chmod(directory, directoryMode);
  const temporary = join(directory, `.${name}.${process.pid}`);
  try {
    const file = await open(temporary, "wx", fileMode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new CliError("Failed", `Cannot write ${printable(join(directory, name))}.`, {
      cause: error,
      why: String(error),
    });
  }
}
function isMissing(error) {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

export { readSecretFile, settingsDirectory, writeSecretFile };
//# sourceMappingURL=chunk-64REPC56.js.map
