/** A document for people and for files: what a terminal would obey is written as JSON can write it, so that it can be read again as it is. */
export function formatJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(unsafe, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `${text}\n`;
}

// As in `printable`, without those that JSON writes this way by itself.
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
