import { describe, expect, test } from "vitest";
import { writeDeleteResult } from "../responses/write-delete-result.ts";
import { maxDeleteBytes, parseDelete } from "./parse-delete.ts";

const malformed = expect.objectContaining({ name: "XmlError", code: "MalformedXML" });

describe("reads", () => {
  test("keys, versions and conditions, in order", () => {
    const request = parse(
      `<?xml version="1.0" encoding="UTF-8"?>
<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Object><Key>a/b</Key></Object>
  <Quiet> true </Quiet>
  <Object><VersionId>null</VersionId><Key>a/b</Key><ETag>&quot;79b2&quot;</ETag></Object>
  <Object><Key>c</Key><ETag>*</ETag><VersionId/><LastModifiedTime>x</LastModifiedTime><Size>7</Size></Object>
  <Object><Key>d</Key><Unknown><Key>e</Key></Unknown></Object>
</Delete>`,
    );

    expect(request).toEqual({
      quiet: true,
      objects: [
        { key: "a/b" },
        { key: "a/b", versionId: "null", etag: "79b2" },
        { key: "c", etag: "*", versionId: "", lastModifiedTime: "x", size: "7" },
        { key: "d" },
      ],
    });
  });

  test.each([
    [" 007 ", " 007 "],
    ["007", "007"],
    ["1e3", "1e3"],
    ["0x10", "0x10"],
    ["true", "true"],
    [" ", " "],
    ["a\n\tb ", "a\n\tb "],
    ["a\r\nb\rc", "a\nb\nc"],
    ["&#13;&#xD;&#10;&#xa;", "\r\r\n\n"],
    ["a&amp;b", "a&b"],
    ["&amp;amp;&amp;#65;", "&amp;&#65;"],
    ["&lt;&gt;&quot;&apos;", "<>\"'"],
    ["&#x1F600;&#128512;😀", "😀😀😀"],
    ["&#x1;&#xffff;", "\u0001\uffff"],
    ["&#0000000000000065;", "A"],
    ["<![CDATA[a&amp;<b>]]>", "a&amp;<b>"],
    [" a <![CDATA[ ]] ]]><![CDATA[]]>&lt;", " a  ]] <"],
    ["a<!-- <Key>b</Key> -->c", "ac"],
    ["a'\"&gt;", "a'\">"],
    ["a>b", "a>b"],
    ["__proto__", "__proto__"],
    ["\u00a0\u2028\ufeff", "\u00a0\u2028\ufeff"],
  ])("the key %j as %j", (written, key) => {
    expect(parse(`<Delete><Object><Key>${written}</Key></Object></Delete>`).objects).toEqual([{ key }]);
  });

  test.each([
    ["no namespace", "<Delete><Object><Key>a</Key></Object></Delete>"],
    ["a prefix", '<s3:Delete xmlns:s3="urn:x"><s3:Object><s3:Key>a</s3:Key></s3:Object></s3:Delete>'],
    ["a byte order mark", "\ufeff<Delete><Object><Key>a</Key></Object></Delete>"],
    [
      "a declaration in single quotes",
      "<?xml version='1.0' encoding='utf-8' standalone='yes' ?><Delete><Object><Key>a</Key></Object></Delete>",
    ],
    ["comments around it", "<!-- a --><Delete><!----><Object><Key>a</Key></Object></Delete>\n<!-- - -->\n"],
    ["white space in tags", "<Delete\n a = 'x&amp;' b:c\t=\"'\" ><Object ><Key\r\n>a</Key\t></Object ></Delete >"],
  ])("a document with %s", (_name, xml) => {
    expect(parse(xml)).toEqual({ quiet: false, objects: [{ key: "a" }] });
  });

  test("1,000 objects", () => {
    expect(parse(`<Delete>${"<Object><Key>a</Key></Object>".repeat(1000)}</Delete>`).objects).toHaveLength(1000);
  });

  test("keys that a writer of this package wrote", () => {
    const keys = Array.from({ length: 0x250 }, (_, code) => `${String.fromCharCode(code + 1)}&${code}`);
    const written = writeDeleteResult({ deleted: keys.map((key) => ({ key })), errors: [] });

    const { objects } = parse(written.replaceAll("DeleteResult", "Delete").replaceAll("Deleted>", "Object>"));

    expect(objects.map(({ key }) => key)).toEqual(keys);
  });
});

describe("refuses", () => {
  const object = "<Object><Key>a</Key></Object>";

  test.each([
    ["no objects", "<Delete></Delete>"],
    ["an empty root", "<Delete/>"],
    ["1,001 objects", `<Delete>${object.repeat(1001)}</Delete>`],
    ["another root", `<Deletes>${object}</Deletes>`],
    ["an object without a key", `<Delete>${object}<Object><VersionId>1</VersionId></Object></Delete>`],
    ["an empty object", "<Delete><Object/></Delete>"],
    ["an empty key", "<Delete><Object><Key></Key></Object></Delete>"],
    ["two keys in one object", "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>"],
    ["two keys that differ in their prefix", "<Delete><Object><Key>a</Key><x:Key>b</x:Key></Object></Delete>"],
    ["two version ids", "<Delete><Object><Key>a</Key><VersionId/><VersionId>1</VersionId></Object></Delete>"],
    ["an element in a key", "<Delete><Object><Key>a<b/></Key></Object></Delete>"],
    ["text beside objects", `<Delete>${object}x</Delete>`],
    ["text in a CDATA section beside objects", `<Delete>${object}<![CDATA[x]]></Delete>`],
    ["text in an object", "<Delete><Object>x<Key>a</Key></Object></Delete>"],
    ["a Quiet that is no boolean", `<Delete>${object}<Quiet>yes</Quiet></Delete>`],
    ["two Quiets", `<Delete>${object}<Quiet>true</Quiet><Quiet>false</Quiet></Delete>`],
  ])("%s", (_name, xml) => {
    expect(() => parse(xml)).toThrow(malformed);
  });

  test("one byte more than its cap, whatever the bytes are", () => {
    const tooLong = Buffer.alloc(maxDeleteBytes + 1);
    const padding = " ".repeat(16_000);
    const exact = Buffer.from(`<Delete>${object}</Delete>`.padEnd(10_000));

    expect(() => parseDelete(tooLong)).toThrow(
      expect.objectContaining({
        code: "MaxMessageLengthExceeded",
        details: { MaxMessageLengthBytes: String(maxDeleteBytes) },
      }),
    );
    expect(() => parseDelete(tooLong.subarray(1))).toThrow(malformed);
    expect(parseDelete(exact, { maxBytes: 10_000 }).objects).toHaveLength(1);
    expect(() => parseDelete(exact, { maxBytes: 9999 })).toThrow(
      expect.objectContaining({ code: "MaxMessageLengthExceeded" }),
    );
    expect(parse(`<Delete>${object}${padding}</Delete>`).objects).toHaveLength(1);
  });
});

function parse(xml: string): ReturnType<typeof parseDelete> {
  return parseDelete(Buffer.from(xml));
}
