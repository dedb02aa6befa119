// Writes dist/licences.txt: the licences of what is bundled, which have to come along. Part of the build.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const dist = join(import.meta.dirname, "..", "dist");
const sources = readdirSync(dist)
  .filter((name) => name.endsWith(".js.map"))
  .flatMap((name) => JSON.parse(readFileSync(join(dist, name), "utf8")).sources)
  .filter((source) => source.includes("/node_modules/"));
const packages = new Set(sources.map((source) => packageOf(resolve(dist, source))));

writeFileSync(
  join(dist, "licences.txt"),
  [...packages]
    .map(licenceOf)
    .toSorted()
    .join(`\n${"-".repeat(80)}\n\n`),
);

/** The nearest directory above a file with a manifest that has a name: some have others inside. */
function packageOf(file) {
  for (let at = dirname(file); at !== dirname(at); at = dirname(at)) {
    const manifest = join(at, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version !== undefined) return at;
  }
  throw new Error(`No package has ${file}.`);
}

function licenceOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const file = readdirSync(directory).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (license === undefined || file === undefined) throw new Error(`${name} is bundled without a licence.`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(directory, file), "utf8").trim()}\n`;
}
