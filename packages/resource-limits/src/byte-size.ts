const units: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ...["k", "m", "g", "t"].flatMap((letter, at): (readonly [string, number])[] => [
    [letter, 1024 ** (at + 1)], // as Docker reads them
    [`${letter}ib`, 1024 ** (at + 1)],
    [`${letter}b`, 1000 ** (at + 1)],
  ]),
]);

const shape = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-z]{0,3})$/i;

/**
 * Reads `512m`, `1.5 GiB`, `2GB` (decimal) or a number of bytes; undefined for anything else. A letter alone is binary, as Docker
 * has it.
 */
export function parseByteSize(text: string): number | undefined {
  const [, number = "", unit = ""] = shape.exec(text.trim()) ?? [];
  const factor = number === "" ? undefined : units.get(unit.toLowerCase());
  if (factor === undefined) return undefined;
  const sizeBytes = Math.round(Number(number) * factor);
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}

/** `512 MiB`, `1.5 GiB`: with at most two decimals. */
export function formatByteSize(sizeBytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = sizeBytes;
  let at = 0;
  for (; value >= 1024 && at < names.length - 1; at += 1) value /= 1024;
  return `${Math.round(value * 100) / 100} ${names[at]}`;
}
