const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `1.4 GiB` */
export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

const spans = [
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
] as const;

/** `3h ago`, `in 2d`, or the time itself. */
export function formatTime(time: string | null, { now, isAbsolute }: { now: Date; isAbsolute: boolean }): string {
  if (time === null) return "—";
  if (isAbsolute) return time;
  const seconds = Math.round((now.getTime() - new Date(time).getTime()) / 1000);
  const distance = Math.abs(seconds);
  const [span, unit] = spans.find(([from]) => distance >= from) ?? [1, "s"];
  const text = `${Math.floor(distance / span)}${unit}`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

/** `3h 5m` */
export function formatSeconds(seconds: number): string {
  const parts = ([...spans, [1, "s"]] as const).map(([span, unit], at, all) => {
    const above = at === 0 ? Number.POSITIVE_INFINITY : (all[at - 1]?.[0] ?? Number.POSITIVE_INFINITY);
    return [Math.floor((seconds % above) / span), unit] as const;
  });
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}
