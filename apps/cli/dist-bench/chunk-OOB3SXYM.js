// src/output/format-values.ts
var units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
function formatBytes(bytes) {
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
var spans = [
  [86400, "d"],
  [3600, "h"],
  [60, "m"],
];
function formatTime(time, { now, isAbsolute }) {
  if (time === null) return "\u2014";
  if (isAbsolute) return time;
  const seconds = Math.round((now.getTime() - new Date(time).getTime()) / 1e3);
  const distance = Math.abs(seconds);
  const [span, unit] = spans.find(([from]) => distance >= from) ?? [1, "s"];
  const text = `${Math.floor(distance / span)}${unit}`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

export { formatBytes, formatTime };
//# sourceMappingURL=chunk-OOB3SXYM.js.map
