import { InvalidValue } from "../command/options.ts";

const powers = ["", "K", "M", "G", "T"];

/** `100`, `64KiB`, `5M`: units are binary. */
export function sizeBytes(text: string): number {
  const [, count, unit = ""] = /^(\d{1,12}(?:\.\d{1,3})?)([KMGT]?)(?:iB|B)?$/i.exec(text) ?? [];
  if (count === undefined) throw new InvalidValue(`Expected a size such as 100, 64KiB or 5MiB, got "${text}".`);
  return Math.round(Number(count) * 1024 ** powers.indexOf(unit.toUpperCase()));
}
