/** What a schedule keeps: `14, 90d`, or `all`. */
export function keptBy(schedule: {
  readonly retentionCount: number | null;
  readonly retentionDays: number | null;
}): string {
  const { retentionCount, retentionDays } = schedule;
  const limits = [
    ...(retentionCount === null ? [] : [String(retentionCount)]),
    ...(retentionDays === null ? [] : [`${retentionDays}d`]),
  ];
  return limits.length === 0 ? "all" : limits.join(", ");
}
