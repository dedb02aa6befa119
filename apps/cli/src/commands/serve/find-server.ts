import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../../command/cli-error.ts";

export type ServerName = "gateway" | "api";

type Manifest = {
  readonly bin: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
};

/**
 * What Node.js is to run, or undefined when the package of that server is not installed: beside this one, or in the `node_modules` that are
 * named. Throws `NotSupported` when this Node.js is too old for it.
 */
export function findServer(name: ServerName, modules?: string): string | undefined {
  const manifestFile =
    modules === undefined ? findManifest(`@stave/${name}`) : join(modules, "@stave", name, "package.json");
  if (manifestFile === undefined) return undefined;
  const { bin, engines } = JSON.parse(readFileSync(manifestFile, "utf8")) as Manifest;
  refuseOldNode(name, engines.node);
  return join(dirname(manifestFile), bin[`stave-${name}`] ?? "");
}

function findManifest(packageName: string): string | undefined {
  try {
    return fileURLToPath(import.meta.resolve(`${packageName}/package.json`));
  } catch {
    return undefined;
  }
}

/** `range` is `>=MAJOR.MINOR`, as our packages have it. */
function refuseOldNode(name: ServerName, range: string): void {
  const needed = numbers(range);
  const here = numbers(process.versions.node);
  const isOld = here.major < needed.major || (here.major === needed.major && here.minor < needed.minor);
  if (!isOld) return;
  throw new CliError("NotSupported", `The ${name} needs Node.js ${needed.major}.${needed.minor} or newer.`, {
    why: `This is Node.js ${process.versions.node}; everything else of stave runs on it.`,
    next: ["install Node.js 26, then run it again"],
  });
}

function numbers(version: string): { readonly major: number; readonly minor: number } {
  const [, major = "0", minor = "0"] = /(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return { major: Number(major), minor: Number(minor) };
}
