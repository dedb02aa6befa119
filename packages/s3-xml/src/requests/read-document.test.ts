import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeText } from "../responses/xml-writer.ts";
import { XmlError } from "../xml-error.ts";
import { readDocument } from "./read-document.ts";
import type { XmlElement } from "./xml-element.ts";

const options = { root: "a", maxBytes: 4 * 1_048_576, maxMarkup: 20_000 };
const malformed = expect.objectContaining({ name: "XmlError", code: "MalformedXML" });
const valid = `<?xml version="1.0"?>\n<!-- c --><a xmlns="urn:x"><b y='1'>&lt;é😀<![CDATA[<]]></b><c/></a>\n`;

describe("refuses", () => {
  test.each([
    ["nothing", ""],
    ["white space only", " \n"],
    ["a declaration only", '<?xml version="1.0"?>'],
    ["a comment only", "<!-- a -->"],
    ["text only", "a"],
    ["a document type", "<!DOCTYPE a><a/>"],
    ["a document type in lower case", "<!doctype a><a/>"],
    ["entity expansion", '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>'],
    ["an external entity", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ["a document type in the root", "<a><!DOCTYPE a></a>"],
    ["an entity declaration", '<a><!ENTITY x "y"></a>'],
    ["an unknown entity", "<a>&nbsp;</a>"],
    ["an entity in upper case", "<a>&AMP;</a>"],
    ["an entity named like a property", "<a>&constructor;</a>"],
    ["a lone ampersand", "<a>a & b</a>"],
    ["an entity without its end", "<a>&amp</a>"],
    ["an empty reference", "<a>&#;</a>"],
    ["a reference to nothing", "<a>&#x;</a>"],
    ["a reference to NUL", "<a>&#0;</a>"],
    ["a reference to a surrogate", "<a>&#xD83D;&#xDE00;</a>"],
    ["a reference beyond Unicode", "<a>&#x110000;</a>"],
    ["a reference with a sign", "<a>&#-1;</a>"],
    ["a reference to a very large number", `<a>&#${"9".repeat(10_000)};</a>`],
    ["a bad reference where nothing reads it", "<a><x>&y;</x></a>"],
    ["a bad reference in an attribute", "<a b='&y;'/>"],
    ["a processing instruction", "<?php echo 1 ?><a/>"],
    ["a processing instruction in the root", "<a><?x y?></a>"],
    ["a stylesheet", '<?xml version="1.0"?><?xml-stylesheet href="x"?><a/>'],
    ["a declaration that is not first", ' <?xml version="1.0"?><a/>'],
    ["two declarations", '<?xml version="1.0"?><?xml version="1.0"?><a/>'],
    ["a declaration without a version", '<?xml encoding="UTF-8"?><a/>'],
    ["another version", '<?xml version="1.1"?><a/>'],
    ["another encoding", '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
    ["a declaration with mixed quotes", `<?xml version="1.0'?><a/>`],
    ["two roots", "<a></a><a></a>"],
    ["two empty roots", "<a/><a/>"],
    ["text before the root", "x<a/>"],
    ["text after the root", "<a/>x"],
    ["a reference after the root", "<a/>&#32;"],
    ["a CDATA section after the root", "<a/><![CDATA[]]>"],
    ["two byte order marks", "\ufeff\ufeff<a/>"],
    ["a root that is not closed", "<a>"],
    ["an end only", "</a>"],
    ["one end too many", "<a></a></a>"],
    ["crossed elements", "<a><b></a></b>"],
    ["ends that differ in case", "<a><b></B></a>"],
    ["ends that differ in their prefix", "<x:a></y:a>"],
    ["an attribute on an end", "<a></a b='c'>"],
    ["a tag that is not closed", "<a><b</a>"],
    ["a tag without a name", "<a><></></a>"],
    ["a space before a name", "<a>< b/></a>"],
    ["a name that starts with a digit", "<a><1/></a>"],
    ["a name with two prefixes", "<a><x:y:z/></a>"],
    ["a name that is a prefix", "<a><x:/></a>"],
    ["a name with markup in it", "<a><b<c/></a>"],
    ["a name for the parser's own use", "<a><#text>b</#text></a>"],
    ["the name __proto__", "<a><__proto__>b</__proto__></a>"],
    ["an attribute without a value", "<a b/>"],
    ["an attribute without quotes", "<a b=c/>"],
    ["an attribute without its end", "<a b='c></a>"],
    ["attributes without space between", "<a b='c'd='e'/>"],
    ["the same attribute twice", "<a b='c' b='d'/>"],
    ["a < in an attribute", "<a b='<'/>"],
    ["a > in an attribute, which two parsers might read differently", "<a b='>'/>"],
    ["a slash with a space", "<a / >"],
    ["a comment that is not closed", "<a><!-- b</a>"],
    ["two hyphens in a comment", "<a><!-- b -- c --></a>"],
    ["three hyphens at the end of a comment", "<a><!-- b ---></a>"],
    ["a comment that ends before it starts", "<a><!--></a>"],
    ["a CDATA section that is not closed", "<a><![CDATA[ b</a>"],
    ["a CDATA section in lower case", "<a><![cdata[b]]></a>"],
    ["the end of a CDATA section in text", "<a>]]></a>"],
    ["a NUL", "<a>\0</a>"],
    ["a control character", "<a>\u0001</a>"],
    ["a control character in a comment", "<a><!--\u001f--></a>"],
    ["a noncharacter", "<a>\uffff</a>"],
    ["another root", "<b/>"],
  ])("%s", (_name, xml) => {
    expect(() => readDocument(Buffer.from(xml), options)).toThrow(malformed);
  });

  test.each([
    ["a byte that is no UTF-8", Buffer.from([...Buffer.from("<a>"), 0xff, ...Buffer.from("</a>")])],
    ["an overlong sequence", Buffer.from([...Buffer.from("<a>"), 0xc0, 0xbc, ...Buffer.from("</a>")])],
    ["an encoded surrogate", Buffer.from([...Buffer.from("<a>"), 0xed, 0xa0, 0x80, ...Buffer.from("</a>")])],
    ["UTF-16", Buffer.from("\ufeff<a/>", "utf16le")],
  ])("%s", (_name, bytes) => {
    expect(() => readDocument(bytes, options)).toThrow(malformed);
  });

  test("a document that was cut off anywhere", () => {
    const bytes = Buffer.from(valid.trimEnd());
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readDocument(bytes.subarray(0, length), options)).toThrow(malformed);
    }
    expect(readDocument(bytes, options).children).toHaveLength(2);
  });

  test("nine levels, and ten thousand", () => {
    const nested = (depth: number) => Buffer.from(`${"<a>".repeat(depth)}${"</a>".repeat(depth)}`);

    expect(readDocument(nested(8), options).children).toHaveLength(1);
    expect(() => readDocument(nested(9), options)).toThrow(malformed);
    expect(() => readDocument(nested(10_000), options)).toThrow(malformed);
    expect(() => readDocument(Buffer.from(`${"<a>".repeat(8)}<a/>${"</a>".repeat(8)}`), options)).toThrow(malformed);
  });

  test("one tag, comment or section more than its cap", () => {
    const document = (count: number) => Buffer.from(`<a>${"<!----><![CDATA[]]>".repeat(count / 2 - 1)}</a>`);

    expect(readDocument(document(20_000), options).children).toEqual([]);
    expect(() => readDocument(document(20_002), options)).toThrow(malformed);
  });

  test("one character more between tags than its cap", () => {
    expect(readDocument(Buffer.from(`<a>${"b".repeat(16_384)}</a>`), options).text).toHaveLength(16_384);
    expect(() => readDocument(Buffer.from(`<a>${"b".repeat(16_385)}</a>`), options)).toThrow(malformed);
  });

  test("one character more in a tag than its cap", () => {
    expect(readDocument(Buffer.from(`<a${" ".repeat(1020)}/>`), options).name).toBe("a");
    expect(() => readDocument(Buffer.from(`<a${" ".repeat(1022)}/>`), options)).toThrow(malformed);
  });

  test.each([
    ["starts of tags", "<".repeat(4_000_000)],
    ["starts of comments", "<!--".repeat(1_000_000)],
    ["starts of CDATA sections", `<a>${"<![CDATA[".repeat(400_000)}`],
    ["ampersands", `<a>${"&".repeat(4_000_000)}</a>`],
    ["white space in a tag", `<a${" ".repeat(4_000_000)}/>`],
    ["white space in a declaration", `<?xml version="1.0"${" ".repeat(4_000_000)}`],
    ["one long text", `<a>${"b".repeat(4_000_000)}</a>`],
    ["elements", `<a>${"<b/>".repeat(1_000_000)}</a>`],
    [
      "attributes",
      `<a>${`<b ${Array.from({ length: 60 }, (_, index) => `x${index}:type='1'`).join(" ")}/>`.repeat(4600)}</a>`,
    ],
  ])("four megabytes of %s in well under a second", (_name, xml) => {
    const bytes = Buffer.from(xml);
    const start = performance.now();

    expect(() => readDocument(bytes, options)).toThrow(malformed);

    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("attributes", () => {
  test.each([
    ["<a/>", undefined],
    ['<a type="b"/>', undefined],
    ['<a xmlns:type="b"/>', undefined],
    ['<a xsi:types="b"/>', undefined],
    ['<a xsi:type="b"/>', "b"],
    ["<a xmlns='c' x:type = ' b&amp; '/>", "b&"],
    ['<a xsi:type=""></a>', ""],
  ])("of %s give the type %j", (xml, type) => {
    expect(readDocument(Buffer.from(xml), options).xsiType).toBe(type);
  });

  test("that give two types are refused", () => {
    expect(() => readDocument(Buffer.from("<a x:type='b' y:type='b'/>"), options)).toThrow(malformed);
  });
});

describe("for generated input", () => {
  const seed = Date.now();
  const propertyRuns = process.env.STAVE_PROPERTY_RUNS;
  const timeout = 10_000 + Number(propertyRuns ?? 0) * 5;

  test(`reads back any tree that was written (seed ${seed})`, { timeout }, () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const xml = writeTree(tree);
        expect(readDocument(Buffer.from(xml), options)).toEqual(tree);
      }),
      { seed, numRuns: Number(propertyRuns ?? 300) },
    );
  });

  test(`throws nothing but XmlError for damaged documents (seed ${seed})`, { timeout }, () => {
    const bytes = Buffer.from(valid);
    const damage = fc.array(
      fc.record({
        at: fc.nat(bytes.length),
        remove: fc.nat(4),
        insert: fc.oneof(fc.uint8Array({ maxLength: 4 }), markup),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(damage, (edits) => {
        let damaged: Buffer = bytes;
        for (const { at, remove, insert } of edits) {
          damaged = Buffer.concat([damaged.subarray(0, at), insert, damaged.subarray(at + remove)]);
        }
        onlyXmlError(damaged);
      }),
      { seed, numRuns: Number(propertyRuns ?? 3000) },
    );
  });

  test(`throws nothing but XmlError for random bytes (seed ${seed})`, { timeout }, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), onlyXmlError), {
      seed,
      numRuns: Number(propertyRuns ?? 1000),
    });
  });
});

const markup = fc
  .constantFrom(
    "<",
    ">",
    "/",
    "&",
    ";",
    "<b>",
    "</b>",
    "<b/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<!",
    "'",
    '"',
    "\0",
    "&#1;",
  )
  .map((text) => new Uint8Array(Buffer.from(text)));

function onlyXmlError(bytes: Uint8Array): void {
  try {
    readDocument(bytes, options);
  } catch (error) {
    expect(error).toBeInstanceOf(XmlError);
  }
}

const names = fc.constantFrom("b", "Key", "_x.y-1", "hasOwnProp", "length");
const texts = fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.toWellFormed().replaceAll("\0", ""));

const trees: fc.Arbitrary<XmlElement> = fc
  .record({ text: texts, children: fc.array(fc.letrec<{ node: XmlElement }>(treeBuilder).node, { maxLength: 4 }) })
  .map(({ text, children }) => ({ name: "a", text, children }));

function treeBuilder(tie: fc.LetrecTypedTie<{ node: XmlElement }>): { node: fc.Arbitrary<XmlElement> } {
  const children = fc.oneof({ maxDepth: 5 }, fc.constant([]), fc.array(tie("node"), { maxLength: 3 }));
  return { node: fc.record({ name: names, text: texts, children }) };
}

/** The text goes first, in turns as it is, as references and as a CDATA section where it can be one. */
function writeTree({ name, text, children }: XmlElement): string {
  const forms = Array.from(text, (char, index) => {
    if (index % 3 === 1) return `&#x${char.codePointAt(0)?.toString(16)};<!-- ${index} -->`;
    return index % 3 === 2 && /^[ -~]$/.test(char) ? `<![CDATA[${char}]]>` : escapeText(char);
  });
  return `<x:${name} y="&lt;">${forms.join("")}${children.map(writeTree).join("")}</x:${name} >`;
}
