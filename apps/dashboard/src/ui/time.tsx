const steps = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** How long ago; the moment itself on hover. */
export function Time({ at }: { readonly at: string | null }) {
  if (at === null) return <span>—</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={`${absolute.format(date)} (${at})`}>
      {formatAge((date.getTime() - Date.now()) / 1000)}
    </time>
  );
}

/** `3 hours ago`, `in 2 days`, of seconds. */
export function formatAge(seconds: number): string {
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}
