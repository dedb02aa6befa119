import { InvalidValue } from "../../command/options.ts";

const mostMib = 16_777_216;

/** `512`, `512m`, `2g`; `unlimited` is null. */
export function mebibytes(text: string): number | null {
  if (text === "unlimited") return null;
  const [, digits, unit = "m"] = /^(\d{1,8})(m|mib|g|gib)?$/i.exec(text) ?? [];
  const value = Number(digits) * (unit.toLowerCase().startsWith("g") ? 1024 : 1);
  if (digits !== undefined && value >= 1 && value <= mostMib) return value;
  throw new InvalidValue(`Expected MiB such as 512, 512m or 2g, or unlimited, got "${text}".`);
}

/** Likewise; `none` and `0` are no swap at all. */
export function swapMebibytes(text: string): number {
  if (text === "none" || text === "0") return 0;
  const value = text === "unlimited" ? null : mebibytes(text);
  if (value !== null) return value;
  throw new InvalidValue("Expected MiB such as 256 or 1g, or none: swap has always an end.");
}

/** Thousand millionths of a core; `unlimited` is null. */
export function cores(text: string): number | null {
  if (text === "unlimited") return null;
  const value = /^\d{1,4}(?:\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1e9) : 0;
  if (value >= 1) return value;
  throw new InvalidValue(`Expected cores such as 1 or 1.5, or unlimited, got "${text}".`);
}
