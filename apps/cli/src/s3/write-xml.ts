/** `<Name>text</Name>` */
export function leaf(name: string, text: string | number | boolean): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

/** A document of S3. */
export function document(root: string, content: string): string {
  return `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
}

// Controls as references: a parser would take a bare carriage return for a line feed.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const special = /[&<>"\u0000-\u001f\u007f]/g;

function escapeXml(text: string): string {
  return text.replace(special, (character) => `&#${character.charCodeAt(0)};`);
}
