// XML 1.0: https://www.w3.org/TR/xml/

/** One success document: the declaration and a root in S3's namespace. `content` is XML already. */
export function successDocument(root: string, content: string): string {
  return `${declaration}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
}

export const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** `name` is written as it is; never pass one that came from outside. */
export function textElement(name: string, text: string): string {
  return `<${name}>${escapeText(text)}</${name}>`;
}

export function optionalElement(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? "" : textElement(name, String(value));
}

/** An element around XML; empty for content that is undefined. */
export function element(name: string, content: string | undefined): string {
  return content === undefined ? "" : `<${name}>${content}</${name}>`;
}

/** One element for each text. */
export function textElements(name: string, texts: readonly string[]): string {
  return texts.map((text) => textElement(name, text)).join("");
}

export function optionalDateElement(name: string, date: Date | undefined): string {
  return date === undefined ? "" : dateElement(name, date);
}

export function dateElement(name: string, date: Date): string {
  return `<${name}>${date.toISOString()}</${name}>`;
}

/**
 * Makes what writes dates as `toISOString` does. Objects of a listing mostly come from a few minutes, and spelling a date
 * anew for each of 1,000 is a fifth of the whole document.
 */
export function createIsoFormat(): (date: Date) => string {
  let minute = Number.NaN;
  let start = "";
  return (date) => {
    const time = date.getTime();
    const rest = time - minute;
    if (!(rest >= 0 && rest < minuteMs)) {
      // Throws a RangeError for an invalid date, as ever.
      start = date.toISOString().slice(0, -secondsLength);
      minute = Math.floor(time / minuteMs) * minuteMs;
    }
    return `${start}${secondsOf(time - minute)}Z`;
  };
}

const minuteMs = 60_000;
const secondsLength = "00.000Z".length;

function secondsOf(ms: number): string {
  const digits = String(ms + 100_000); // a 1, and five digits with their leading zeros
  return `${digits.slice(1, 3)}.${digits.slice(3)}`;
}

/** An ETag, given without quotes as it is stored, has them on the wire. */
export function etagElement(etag: string): string {
  return `<ETag>&quot;${escapeText(etag)}&quot;</ETag>`;
}

/**
 * Text for element content that reads back as the same text.
 *
 * Characters that XML 1.0 forbids are written as references, as S3 does; strict parsers refuse those, but no raw byte is
 * ever emitted. A carriage return is a reference because parsers turn a raw one into a line feed.
 */
export function escapeText(text: string): string {
  return needsEscape.test(text) ? text.toWellFormed().replace(escaped, (char) => named[char] ?? reference(char)) : text;
}

// Every surrogate takes the slow path, where `toWellFormed` sorts out the lone ones.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const needsEscape = /[&<>"\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const escaped = /[&<>"\0-\x08\x0b-\x1f\ufffe\uffff]/g;
const named: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

function reference(char: string): string {
  return `&#x${char.charCodeAt(0).toString(16)};`;
}
