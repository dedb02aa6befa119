import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Number of the case to its tests, `file: title`. Numbers and tests are in order. */
export type SecurityCases = Readonly<Record<string, readonly string[]>>;

/** Every test, suite or table row in the sources whose title starts with `security S` and a number. */
export function findSecurityCases(root: string): SecurityCases {
  const found = new Map<number, string[]>();
  const files = globSync(["{apps,packages,tools}/*/{src,test}/**/*.test.ts", "test/**/*.test.ts"], { cwd: root });
  for (const file of files.sort()) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, , title = "", number] of text.matchAll(/(["'`])(security S(\d+)\b(?:(?!\1).)*)\1/g)) {
      found.set(Number(number), [...(found.get(Number(number)) ?? []), `${file}: ${title}`]);
    }
  }
  const numbers = [...found.keys()].sort((a, b) => a - b);
  return Object.fromEntries(numbers.map((number) => [`S${number}`, found.get(number) ?? []]));
}

// node test/support/find-security-cases.ts > test/security-cases.json
if (import.meta.main) console.log(JSON.stringify(findSecurityCases(join(import.meta.dirname, "../..")), null, 2));
