import { describe, expect, test } from "vitest";
import { readBoundary } from "./read-boundary.ts";
import { type Form, readForm } from "./read-form.ts";

const boundary = "x-form-7MA4YWxk";
const close = `\r\n--${boundary}--\r\n`;

function part(name: string, value: string, more = ""): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}`;
}

/** Overwrites each chunk when the next one is asked for, as a server that frees its memory does. */
async function* inChunks(body: Buffer, sizes: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; ) {
    const chunk = Buffer.from(body.subarray(at, at + Math.max(1, sizes())));
    at += chunk.length;
    yield chunk;
    chunk.fill("\r\n--");
  }
}

async function bytesOf({ file }: Form): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of file) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function read(body: string | Buffer, sizes: () => number = () => 65_536) {
  const form = await readForm(inChunks(Buffer.from(body), sizes), boundary);
  return { fields: form.fields, fileName: form.fileName, file: (await bytesOf(form)).toString("latin1") };
}

const tricky = `\r\n--${boundary.slice(0, -1)}\r\r\n\r\n--\r\n--x-form-7MA4YWx\r\n-`;
const simple = `${part("key", "a b+c.jpg")}\r\n${part("Content-Type", "text/plain")}\r\n${part("file", tricky, '; filename="c.jpg"')}${close}`;

describe("readForm", () => {
  test("gives fields in order, the name of the file and its bytes", async () => {
    expect(await read(simple)).toEqual({
      fields: [
        ["key", "a b+c.jpg"],
        ["Content-Type", "text/plain"],
      ],
      fileName: "c.jpg",
      file: tricky,
    });
  });

  test("gives the same however the bytes are split", async () => {
    const whole = await read(simple);

    for (let at = 1; at < simple.length; at += 1) {
      const sizes = [at, simple.length];
      expect(await read(simple, () => sizes.shift() ?? 1)).toEqual(whole);
    }
    for (const size of [1, 2, 3, 7, 64]) expect(await read(simple, () => size)).toEqual(whole);
  });

  test("keeps every byte of files that look like delimiters, split at random", async () => {
    let seed = 20_260_101;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const pieces = ["\r", "\n", "\r\n", "\r\n--", `\r\n--${boundary.slice(0, 8)}`, "--", boundary, "a", "\0"];

    for (let round = 0; round < 300; round += 1) {
      const file = Array.from({ length: random(40) }, () => pieces[random(pieces.length)]).join("");
      if (file.includes(`\r\n--${boundary}`)) continue;
      const body = `${part("key", "k")}\r\n${part("file", file)}${close}`;
      expect((await read(body, () => 1 + random(30))).file, `seed ${seed}`).toBe(file);
    }
  });

  test.each([
    ["a preamble", `not for you\r\n${simple}`],
    ["no line end after its last line", simple.slice(0, -2)],
    ["blanks after a delimiter", simple.replace(`${boundary}\r\n`, `${boundary} \t\r\n`)],
    ["an epilogue", `${simple}nor this`],
    ["fields after the file", simple.replace(close, `\r\n${part("key", "evil")}${close}`)],
    ["other headers", simple.replaceAll("\r\n\r\na b", "\r\nContent-Type: text/plain\r\nX-A: b\r\n\r\na b")],
  ])("reads a form with %s", async (_title, body) => {
    expect(await read(body)).toEqual(await read(simple));
  });

  test.each([
    ["quotes", '; name="a"', "a"],
    ["no quotes", "; name=a", "a"],
    ["an escaped quote", '; name="a\\"b"', 'a"b'],
    ["a quote as browsers write it", '; name="a%22b"', 'a"b'],
    ["a path", '; name="C:\\dir\\a"', "C:\\dir\\a"],
    ["UTF-8", '; name="é日"', "é日"],
    ["capitals", '; NAME="a"', "a"],
    ["semicolons", '; name="a;b=c"', "a;b=c"],
    ["something more", '; x=1; name="a" ; y="2";', "a"],
  ])("reads a field name with %s", async (_title, parameters, name) => {
    const body = `--${boundary}\r\ncontent-DISPOSITION:form-data${parameters}\r\n\r\nv\r\n${part("file", "")}${close}`;

    expect((await read(body)).fields).toEqual([[name, "v"]]);
  });

  test("reads a file name that is not ASCII in both of its forms", async () => {
    expect((await read(part("file", "", "; filename*=UTF-8''%C3%A9%22.txt") + close)).fileName).toBe('é".txt');
    expect((await read(part("file", "", '; filename="é.txt"') + close)).fileName).toBe("é.txt");
    expect((await read(part("FILE", "") + close)).fileName).toBeUndefined();
  });

  test.each<[string, string | Buffer]>([
    ["is empty", ""],
    ["has no delimiter", "key=value"],
    ["ends in a field", part("key", "val")],
    ["ends in a header", `--${boundary}\r\nContent-Disposition: form-data; na`],
    ["ends after a delimiter", `--${boundary}`],
    ["ends in its file", part("file", "half")],
    ["goes on after a delimiter", `--${boundary}x\r\n${part("file", "")}${close}`],
    ["goes on after the delimiter of its file", `${part("file", "f")}\r\n--${boundary}x\r\n`],
    ["has a part without a name", `--${boundary}\r\nContent-Disposition: form-data\r\n\r\nv${close}`],
    ["has a part without a disposition", `--${boundary}\r\nContent-Type: a/b\r\n\r\nv${close}`],
    ["has two dispositions", simple.replace("\r\n\r\n", '\r\nContent-Disposition: form-data; name="file"\r\n\r\n')],
    ["names a part twice", part("key", "v", '; name="file"') + close],
    ["has a header without a colon", simple.replace("\r\n\r\n", "\r\nfolded\r\n\r\n")],
    ["has a folded header", simple.replace("\r\n\r\n", '\r\n ; name="file": x\r\n\r\n')],
    ["has an attachment", simple.replace("form-data", "attachment")],
    ["has bytes that are no UTF-8", Buffer.from(part("key", "\xff") + close, "latin1")],
    ["has a broken file name", part("file", "", "; filename*=UTF-8''%FF") + close],
  ])("refuses a form that %s", async (_title, body) => {
    for (const size of [1, 65_536]) {
      await expect(read(body, () => size)).rejects.toMatchObject({ code: "MalformedPOSTRequest" });
    }
  });

  test("refuses a form without a file", async () => {
    await expect(read(part("key", "v") + close)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: "POST requires exactly one file upload per request.",
      elements: { ArgumentName: "file", ArgumentValue: "0" },
    });
  });

  test.each([
    ["a preamble", "x"],
    ["a field", part("key", "")],
    ["header lines", `--${boundary}\r\n`],
    ["fields", ""],
  ])("stops reading %s that never end", async (title, start) => {
    let sentBytes = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(start);
      const more = { fields: `${part("a", "b")}\r\n`, "header lines": "a: b\r\n" }[title] ?? "y".repeat(100);
      while (true) {
        sentBytes += more.length;
        yield Buffer.from(more);
      }
    }

    await expect(readForm(endless(), boundary)).rejects.toMatchObject({ code: "MaxPostPreDataLengthExceededError" });
    expect(sentBytes).toBeLessThan(70_000);
  });

  test("stops reading after a file, where nobody listens", async () => {
    const body = `${part("file", "f")}\r\n--${boundary}\r\n${"y".repeat(2 * 1024 * 1024)}`;

    await expect(read(body)).rejects.toMatchObject({ code: "MalformedPOSTRequest" });
  });

  test("takes time that grows with the form, not faster, in chunks of one byte", async () => {
    const measure = async (fileBytes: number) => {
      const body = `${part("key", "k".repeat(20_000))}\r\n${part("file", "\r\n".repeat(fileBytes / 2))}${close}`;
      const start = process.cpuUsage();
      await read(body, () => 1);
      return process.cpuUsage(start).user;
    };

    await measure(20_000);
    const [small, large] = [await measure(20_000), await measure(160_000)];

    expect(large).toBeLessThan(small * 24);
  });
});

describe("readBoundary", () => {
  test.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; boundary="a b:c"', "a b:c"],
    ["Multipart/Form-Data;charset=utf-8;BOUNDARY=----WebKit+x ; a=b", "----WebKit+x"],
  ])("reads %s", (contentType, expected) => {
    expect(readBoundary(contentType)).toBe(expected);
  });

  test.each([
    "multipart/form-data",
    "multipart/form-data; boundary=",
    `multipart/form-data; boundary=${"a".repeat(71)}`,
  ])("refuses %s", (contentType) => {
    expect(() => readBoundary(contentType)).toThrow(expect.objectContaining({ code: "MalformedPOSTRequest" }));
  });

  test.each([undefined, "", "application/json", "multipart/form-database; boundary=a"])("refuses %s", (contentType) => {
    expect(() => readBoundary(contentType)).toThrow(
      expect.objectContaining({
        code: "PreconditionFailed",
        elements: { Condition: "Bucket POST must be of the enclosure-type multipart/form-data" },
      }),
    );
  });
});
