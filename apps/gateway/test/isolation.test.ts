import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../src/routing/routes.ts";
import { bucketCases } from "./isolation/bucket-cases.ts";
import type { Case } from "./isolation/case.ts";
import { type Column, type ColumnName, columnNames } from "./isolation/columns.ts";
import { accessClasses, expectedReach, type Reach } from "./isolation/expected.ts";
import { isolationPage, type Row } from "./isolation/isolation-page.ts";
import { issueKeys, type Keys } from "./isolation/keys.ts";
import { objectCases } from "./isolation/object-cases.ts";
import { type Outside, startOutside } from "./isolation/outside.ts";
import { type Place, targetAt } from "./isolation/places.ts";
import { createWorld, secretContent, type World } from "./isolation/world.ts";
import type { S3Answer } from "./support/s3-client.ts";

// Every operation, with every kind of key, at every place: some thousands of requests, which take seconds.
const operations = { ...bucketCases, ...objectCases };
const cases = Object.entries<readonly Case[]>(operations).flatMap(([operation, list]) =>
  list.map((it) => ({ operation, it, title: it.variant === undefined ? operation : `${operation}, ${it.variant}` })),
);

let keys: Keys;
let outside: Outside;
const rows: Row[] = [];
let requests = 0;
beforeAll(async () => {
  keys = await issueKeys();
  outside = await startOutside();
});
afterAll(async () => {
  await outside.close();
  await keys.close();
});

test("every operation has a request", () => {
  const routed = new Set<string>(routes.map(({ operation }) => operation));

  expect(new Set(Object.keys(operations))).toEqual(routed);
});

test("every promise has a request", () => {
  expect(new Set(cases.map(({ it }) => it.class))).toEqual(new Set(accessClasses));
});

describe("who may, and who may not:", () => {
  test.each(cases)("$title", { timeout: 60_000 }, async ({ operation, it }) => {
    const cells = columnNames.flatMap((column) => it.places.map((place): Cell => ({ column, place })));

    const seen = await askAll(it, cells);

    const refusal = (column: ColumnName) => refusalOf(operation, keys.columns[column]);
    const promised = cells.map((cell): [string, string] => [
      nameOf(cell),
      isPromised(it, cell) ? allowed : refusal(cell.column),
    ]);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(promised));
    const isAllowed = (cell: Cell) => seen.get(nameOf(cell)) === allowed;
    const reaches = columnNames.map((column): [ColumnName, readonly Place[]] => {
      return [column, it.places.filter((place) => isAllowed({ column, place }))];
    });
    rows.push({ operation, variant: it.variant, places: it.places, reaches: new Map(reaches) });
    requests += cells.length;
  });
});

test("the page is what was seen: after a change, `npm run isolation`", async () => {
  expect(rows).toHaveLength(cases.length); // all of them have run, and passed
  await expect(isolationPage(rows, { columns: keys.columns, requests })).toMatchFileSnapshot(
    "../../../docs/isolation.md",
  );
});

type Cell = { readonly column: ColumnName; readonly place: Place };

const allowed = "allowed";
const nameOf = ({ column, place }: Cell) => `${column}, ${place}`;

/** What became of each request. Whatever one of them has changed is made anew before the next. */
async function askAll(it: Case, cells: readonly Cell[]): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  const open = () => createWorld(it, { ...outside.options, identities: keys.identities });
  const stateOf = async (world: World) => `${await world.snapshot()} ${outside.heard()}`;
  let world = await open();
  let state = await stateOf(world);
  for (const cell of cells) {
    const account = keys.accounts.get(cell.column) ?? null;
    const at = await targetAt(cell.place, world);
    const answer = await (it.send?.(world.s3, at, account) ?? world.s3.call({ ...it.request(at), account }));
    const outcome = outcomeOf(it, answer, cell);
    const hasEffect = (await stateOf(world)) !== state;
    seen.set(nameOf(cell), hasEffect && outcome !== allowed ? `${outcome}, with an effect` : outcome);
    if (!hasEffect) continue;
    await world.close();
    world = await open();
    state = await stateOf(world);
  }
  await world.close();
  return seen;
}

/** `allowed`, or the code of the refusal; whatever else happened is told as it is. */
function outcomeOf(it: Case, answer: S3Answer, { column }: Cell): string {
  const { status, text, code } = answer;
  if (status >= 300 && text.includes(secretContent)) return "refused, and shown nevertheless";
  if (column === "stranger" && text.includes("<Name>photos</Name>")) return "shown what is another's";
  const codes = it.refusesKeys === true && status === 200 ? answer.all("Code") : [];
  if (codes.length > 0) return codes.join();
  if (status === 403) return code ?? withoutCode;
  const isMissing = status === 404 && it.missing !== undefined && (code ?? it.missing) === it.missing;
  return status < 300 || isMissing ? allowed : `${status} ${text}`;
}

const withoutCode = "Forbidden";

/** The answer to a HEAD has no code. */
function refusalOf(operation: string, { refusal }: Column): string {
  return operation.startsWith("Head") ? withoutCode : (refusal ?? "AccessDenied");
}

function isPromised(it: Case, { column, place }: Cell): boolean {
  return placesOf[expectedReach(it.class, column)].includes(place);
}

const placesOf: Readonly<Record<Reach, readonly Place[]>> = {
  "-": [],
  prefix: ["inside"],
  bucket: ["inside", "beside"],
  other: ["elsewhere"],
  all: ["inside", "beside", "elsewhere"],
};
