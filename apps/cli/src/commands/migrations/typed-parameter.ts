/** On the command line all is text; numbers, yes and no, and lists are what they look like. */
export function typedParameter([key, text]: readonly [string, string]): readonly [string, unknown] {
  if (/^(?:0|[1-9]\d{0,15})$/.test(text)) return [key, Number(text)];
  if (text === "true" || text === "false") return [key, text === "true"];
  return [key, listed.has(key) ? text.split(",") : text];
}

const listed = new Set(["buckets"]);
