// XML 1.0, section 2.8: https://www.w3.org/TR/xml/#sec-prolog-dtd

/**
 * The document without its XML declaration.
 *
 * A declaration of another version or encoding is left where it is and then refused as markup: the bytes have been read
 * as UTF-8 already.
 */
export function removeDeclaration(xml: string): string {
  return xml.replace(declaration, "");
}

const space = "[ \\t\\r\\n]";
const declaration = new RegExp(
  `^<\\?xml${attribute("version", "1\\.0")}` +
    `(?:${attribute("encoding", "(?:[Uu][Tt][Ff]-?8|[Uu][Ss]-[Aa][Ss][Cc][Ii][Ii])")})?` +
    `(?:${attribute("standalone", "(?:yes|no)")})?${space}*\\?>`,
);

function attribute(name: "version" | "encoding" | "standalone", value: string): string {
  return `${space}+${name}${space}*=${space}*(?:"${value}"|'${value}')`;
}
