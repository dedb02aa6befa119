import { parseByteSize } from "./byte-size.ts";
import { type LimitProblem, LimitsError } from "./limits-error.ts";
import { type LimitField, limitFields, type ResourceLimits, unlimited } from "./resource-limits.ts";

/** What people and programs write: `512m`, `1.5`, a number, nothing. */
export type LimitInput = string | number | null | undefined;

const labels: Readonly<Record<LimitField, string>> = {
  memoryBytes: "memory",
  swapExtraBytes: "swap",
  cpuCores: "cpu",
  pids: "pids",
  shmBytes: "shm",
};

/**
 * Reads limits as they were entered, by the names `memory`, `swap` (extra), `cpu`, `pids`, `shm`: sizes as `512m` or in bytes, cores
 * as `1.5` or `1500m`. Empty, `unlimited`, null or absent is no limit.
 *
 * Throws a `LimitsError` with every field that is no such number, or unknown; `checkLimits` says what a machine can do.
 *
 * @example
 * parseLimits({ memory: "512m", swap: "256m", cpu: "1.5" });
 */
export function parseLimits(input: Readonly<Record<string, LimitInput>>): ResourceLimits {
  const problems: LimitProblem[] = [];
  const known = new Map(limitFields.map((field) => [labels[field], field]));
  const limits: Record<LimitField, number | null> = { ...unlimited };
  for (const [name, value] of Object.entries(input)) {
    const field = known.get(name);
    if (field === undefined) {
      const expected = [...known.keys()].join(", ");
      problems.push({ field: name, code: "UnknownField", message: `There is no limit ${name}: ${expected}.` });
      continue;
    }
    const parsed = isNothing(value) ? null : parseValue(field, value);
    if (parsed !== undefined) limits[field] = parsed;
    else problems.push({ field, code: "NotANumber", message: `${name} is to be ${expectations[field]}.` });
  }
  const [first, ...others] = problems;
  if (first !== undefined) throw new LimitsError([first, ...others]);
  return limits;
}

const size = "a size such as 512m or 2GiB, or a number of bytes";
const expectations: Readonly<Record<LimitField, string>> = {
  memoryBytes: size,
  swapExtraBytes: `${size}, in addition to the memory`,
  cpuCores: "a number of cores such as 1.5, or thousandths as 1500m",
  pids: "a whole number",
  shmBytes: size,
};

function isNothing(value: LimitInput): value is null | undefined {
  return value === null || value === undefined || (typeof value === "string" && /^\s*(unlimited)?\s*$/i.test(value));
}

function parseValue(field: LimitField, value: string | number): number | undefined {
  if (field === "cpuCores") return parseCores(value);
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (field === "pids") return /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : undefined;
  return parseByteSize(value);
}

function parseCores(value: string | number): number | undefined {
  const [, number = "", thousandths] = /^\s*(\d{1,6}(?:\.\d{1,9})?)(m?)\s*$/.exec(String(value)) ?? [];
  if (number === "") return undefined;
  return thousandths === "m" ? Number(number) / 1000 : Number(number);
}
