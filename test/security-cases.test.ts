import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findSecurityCases, type SecurityCases } from "./support/find-security-cases.ts";

// Holes that other S3 servers had have numbers here, and each has its tests. security-cases.json lists them, so that none can
// disappear by a rename or a deletion that nobody sees.

/** `cases`: numbers with a test; `tests`: theirs together. Both only ever grow. */
const groups = [
  { group: "A, signature and identity", numbers: [1, 2, 3, 4, 5, 6, 33, 35, 40, 41, 42], cases: 11, tests: 32 },
  { group: "B, streaming bodies", numbers: [10, 25, 34, 43], cases: 4, tests: 38 },
  { group: "C, policy and authorization", numbers: [8, 9, 16, 17, 18, 19, 20, 26, 28, 36], cases: 9, tests: 16 },
  { group: "D, keys, tenants, paths", numbers: [7, 11, 12, 13, 14, 22, 23, 24, 38], cases: 7, tests: 15 },
  { group: "E, browser POST", numbers: [21, 39], cases: 2, tests: 5 },
  { group: "F, proxies and network", numbers: [15, 27, 32], cases: 3, tests: 8 },
  { group: "G, control plane", numbers: [29, 30, 31, 37], cases: 3, tests: 7 },
  // Has no numbers of its own: S42 and S43 refer to it.
  { group: "H, caps", numbers: [42, 43], cases: 2, tests: 19 },
];

/** Numbers about what the product does not have yet, and the part of the plan that brings it. Whoever brings it removes the line. */
const notYet: Readonly<Record<string, number>> = {
  S23: 10, // archives and backups
  S24: 10, // calls between servers
  S31: 9, // previews in the dashboard
};

const root = join(import.meta.dirname, "..");
const listed: SecurityCases = JSON.parse(readFileSync(join(import.meta.dirname, "security-cases.json"), "utf8"));
const found = findSecurityCases(root);

test("every test in the list exists in its file", () => {
  expect(entries(listed).filter((entry) => !entries(found).includes(entry))).toEqual([]);
  // Of two tests with one title, neither can go.
  expect(entries(listed).length).toBeLessThanOrEqual(entries(found).length);
});

test("every test of a numbered case is in the list", () => {
  // After adding one: node_modules/.bin/node test/support/find-security-cases.ts > test/security-cases.json && npm run format
  expect(entries(found).filter((entry) => !entries(listed).includes(entry))).toEqual([]);
});

test("every number in the list has a test and belongs to a group", () => {
  const known = new Set(groups.flatMap(({ numbers }) => numbers.map((number) => `S${number}`)));

  expect(Object.keys(listed).filter((number) => !known.has(number))).toEqual([]);
  expect(Object.entries(listed).filter(([, tests]) => tests.length === 0)).toEqual([]);
});

test("every number has a test, but those whose part is to come", () => {
  const numbers = Array.from({ length: 43 }, (_, at) => `S${at + 1}`);

  expect(numbers.filter((number) => !(number in listed) && !(number in notYet))).toEqual([]);
  expect(Object.keys(notYet).filter((number) => number in listed)).toEqual([]);
});

test("none of them is skipped for good", () => {
  const files = new Set(Object.values(listed).flatMap((tests) => tests.map((entry) => entry.split(": ")[0] ?? "")));
  const skipped = [...files].filter((file) => {
    return /\.(skip|todo|fails)(\.each)?\([^"'`]*["'`]security S/.test(readFileSync(join(root, file), "utf8"));
  });

  expect(files.size).toBeGreaterThan(0);
  expect(skipped).toEqual([]);
});

describe("no group has fewer cases than it had", () => {
  test.each(groups)("$group", ({ numbers, cases, tests }) => {
    const covered = numbers.map((number) => listed[`S${number}`] ?? []).filter(({ length }) => length > 0);

    expect(covered.length).toBeGreaterThanOrEqual(cases);
    expect(covered.flat().length).toBeGreaterThanOrEqual(tests);
  });
});

describe("security S35: signatures, secrets and tokens are compared in constant time only", () => {
  const places = [
    "packages/sigv4-verify/src",
    "packages/aws-chunked-stream/src",
    "packages/credential-vault/src",
    "packages/control-database/src",
    "apps/gateway/src",
    "apps/api/src",
  ];
  const name = String.raw`\b\w*(?:[sS]ignature|[sS]ecret|[sS]ecretAccessKey|[tT]oken)\b`;
  // Whether there is one at all, of which type and how long, is no secret.
  const left = String.raw`(?<!typeof [\w.]*)${name} [!=]==? (?!undefined\b|null\b|true\b|"")`;
  const right = String.raw` [!=]==? (?:\w+\??\.)*${name}(?!\.length|\()`;
  const comparison = new RegExp(`${left}|${right}`);

  test.each(places)("%s", (place) => {
    const files = globSync("**/*.ts", { cwd: join(root, place), exclude: ["**/*.test.ts"] });
    const wrong = files.flatMap((file) =>
      readFileSync(join(root, place, file), "utf8")
        .split("\n")
        .filter((line) => comparison.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );

    expect(files.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  test.each([
    ["claim.signature === expected", true],
    ["expected !== claim?.signature", true],
    ["sessionToken == found.sessionToken", true],
    ["secretAccessKey === other", true],
    ["signature === undefined", false],
    ['typeof found.token === "string"', false],
    ['signature !== ""', false],
    ["signature.length === expected.length", false],
    ["name === SIGNATURE_TRAILER", false],
    ['code === "InvalidToken"', false],
  ])("the rule reads %s", (line, isWrong) => {
    expect(comparison.test(`  if (${line}) {`)).toBe(isWrong);
  });
});

/** Number, file and title of each test. */
function entries(cases: SecurityCases): readonly string[] {
  return Object.entries(cases).flatMap(([number, tests]) => tests.map((test) => `${number}, ${test}`));
}
