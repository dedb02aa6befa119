// ISO 8601, as RFC 3339 narrows it: https://www.rfc-editor.org/rfc/rfc3339#section-5.6

/**
 * A date, or a date and time with a zone; undefined for anything else. A date alone is midnight UTC. A time without a
 * zone is none: it could be another day. Fractions beyond the millisecond are cut off.
 */
export function readDate(text: string): Date | undefined {
  const [matched, day = "", time = "00:00:00", fraction = "", zone = "Z"] = isoDate.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const local = new Date(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}Z`);
  // `Date` takes the 31st of February for the 3rd of March, and 24:00 for the next day.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${time}`)) return undefined;
  const date = new Date(local.getTime() - offsetMs(zone));
  // Years of five digits have no form that a client would read back.
  return /^\d{4}-/.test(date.toISOString()) ? date : undefined;
}

const isoDate = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/;

function offsetMs(zone: string): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}
