import { type ColumnName, columnNames } from "./columns.ts";

/**
 * Which of the places somebody may aim at: `-` none, `prefix` photos/2026/, `bucket` all of photos, `other` the other bucket,
 * `all` everywhere.
 */
export type Reach = "-" | "prefix" | "bucket" | "other" | "all";

export const accessClasses = [
  "list all buckets",
  "create a bucket",
  "change the bucket",
  "read the bucket",
  "look for the bucket",
  "locate the bucket",
  "list",
  "list uploads",
  "list versions",
  "read objects",
  "read what is public",
  "read more of objects",
  "write objects",
  "write what is public",
  "change more of objects",
  "take in from elsewhere",
  "log into a bucket",
] as const;

/** What operations have in common that a scope distinguishes. */
export type AccessClass = (typeof accessClasses)[number];

/** By hand, and on purpose not computed: what is promised of each kind of key. */
const table = `
                       | owner full bucket other prefix read-only bucket-read prefix-read read-write bucket-write prefix-write objects prefix-objects project empty near far session narrowed orphan expired revoked anonymous stranger
list all buckets       | all   all  -      -     -      all       -           -           -          -            -            -       -              -       -     all  -   -       -        -      -       -       -         all
create a bucket        | all   all  -      -     -      -         -           -           -          -            -            -       -              -       -     all  -   -       -        -      -       -       -         all
change the bucket      | all   all  bucket other -      -         -           -           -          -            -            -       -              bucket  -     all  -   -       bucket   -      -       -       -         -
read the bucket        | all   all  bucket other -      all       bucket      -           -          -            -            -       -              bucket  -     all  -   -       bucket   -      -       -       -         -
look for the bucket    | all   all  bucket other -      all       bucket      -           all        bucket       -            bucket  -              bucket  -     all  -   bucket  bucket   -      -       -       -         -
locate the bucket      | all   all  bucket other bucket all       bucket      bucket      all        bucket       bucket       bucket  bucket         bucket  -     all  -   bucket  bucket   -      -       -       -         -
list                   | all   all  bucket other prefix all       bucket      prefix      all        bucket       prefix       bucket  prefix         bucket  -     all  -   bucket  bucket   -      -       -       -         -
list uploads           | all   all  bucket other prefix all       bucket      prefix      all        bucket       prefix       -       -              bucket  -     all  -   bucket  bucket   -      -       -       -         -
list versions          | all   all  bucket other prefix all       bucket      prefix      -          -            -            -       -              bucket  -     all  -   -       bucket   -      -       -       -         -
read objects           | all   all  bucket other prefix all       bucket      prefix      all        bucket       prefix       bucket  prefix         bucket  -     all  -   bucket  bucket   -      -       -       -         -
read what is public    | all   all  bucket other prefix all       bucket      prefix      all        bucket       prefix       bucket  prefix         bucket  -     all  -   bucket  bucket   -      -       -       all       all
read more of objects   | all   all  bucket other prefix all       bucket      prefix      -          -            -            -       -              bucket  -     all  -   -       bucket   -      -       -       -         -
write objects          | all   all  bucket other prefix -         -           -           all        bucket       prefix       -       -              bucket  -     all  -   bucket  bucket   -      -       -       -         -
write what is public   | all   all  bucket other prefix -         -           -           all        bucket       prefix       -       -              bucket  -     all  -   bucket  bucket   -      -       -       all       all
change more of objects | all   all  bucket other prefix -         -           -           -          -            -            -       -              bucket  -     all  -   -       bucket   -      -       -       -         -
take in from elsewhere | all   all  bucket -     prefix -         -           -           all        bucket       prefix       -       -              bucket  -     all  -   bucket  bucket   -      -       -       -         -
log into a bucket      | all   all  bucket -     -      -         -           -           -          -            -            -       -              bucket  -     all  -   -       bucket   -      -       -       -         -
`;

/** What somebody may do. */
export function expectedReach(access: AccessClass, column: ColumnName): Reach {
  const reach = cells.get(access)?.get(column);
  if (reach === undefined) throw new Error(`Expected a cell for ${access} and ${column}`);
  return reach;
}

const reaches: readonly Reach[] = ["-", "prefix", "bucket", "other", "all"];

const cells = parseTable();

function parseTable(): ReadonlyMap<string, ReadonlyMap<ColumnName, Reach>> {
  const [head = [], ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((text) => text.trim()));
  const names = (head.at(-1) ?? "").split(/ +/);
  if (names.join() !== columnNames.join())
    throw new Error("Expected the columns of the table to be those of the matrix");
  return new Map(
    rows.map(([access = "", line = ""]) => {
      const texts = line.split(/ +/);
      const pairs = columnNames.map((column, at): [ColumnName, Reach] => {
        const reach = reaches.find((name) => name === texts[at]);
        if (reach === undefined)
          throw new Error(`Expected what is known for ${access} and ${column}, got ${texts[at]}`);
        return [column, reach];
      });
      return [access, new Map(pairs)];
    }),
  );
}
