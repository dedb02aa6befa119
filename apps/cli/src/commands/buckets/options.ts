import { argument, durationSeconds, InvalidValue, option } from "../../command/options.ts";

/** Shared by all that is about buckets and keys. */
export const service = option("--service <service>", "the service, by its id or slug; without it, 1");

export const bucket = argument("the name of the bucket", bucketName);

/** The server knows what a name may be; without one, another route would be meant. */
function bucketName(text: string): string {
  if (text === "") throw new InvalidValue("Expected the name of a bucket, got nothing.");
  return text;
}

/** `1 object`, `1,204 objects` */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

/** The part of a query that names the service. */
export function serviceQuery(name: string | undefined): { readonly service?: string } {
  return name === undefined ? {} : { service: name };
}

const multiples: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
};

/** `10GiB`, `500 MB` or bytes. Throws {@link InvalidValue}. */
export function byteSize(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,16}(?:\.\d{1,3})?) ?([a-z]{0,3})$/i.exec(text) ?? [];
  const bytes = Math.round(Number(count) * (multiples[unit.toLowerCase()] ?? Number.NaN));
  if (count === "" || !Number.isSafeInteger(bytes)) {
    throw new InvalidValue(`Expected a size such as 10GiB, 500MB or 1048576, got "${text}".`);
  }
  return bytes;
}

/** `none`, for what can be taken away, or what `parse` reads. */
export function orNone<Value>(parse: (text: string) => Value): (text: string) => Value | null {
  return (text) => (text === "none" ? null : parse(text));
}

/** A moment, or so long from now. */
export type When = Date | { readonly inSeconds: number };

/** `30d`, `2030-01-31` or `2030-01-31T12:00:00Z`. Throws {@link InvalidValue}. */
export function when(text: string): When {
  if (/^\d{1,9}[smhd]$/.test(text)) return { inSeconds: durationSeconds(text) };
  const isTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/.test(text);
  const date = new Date(isTime ? text : Number.NaN);
  // 30 February would be 2 March.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text.slice(0, 10)) {
    throw new InvalidValue(`Expected a time such as 30d, 2030-01-31 or 2030-01-31T12:00:00Z, got "${text}".`);
  }
  return date;
}

/** As the API takes times. */
export function momentOf(at: When, now: Date): string {
  const date = at instanceof Date ? at : new Date(now.getTime() + at.inSeconds * 1000);
  return date.toISOString();
}
