import type { Header } from "./wire-request.ts";

export type Answer = {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: string;
};

export type ReadAnswers = {
  readonly answers: readonly Answer[];
  /** What is wrong with the bytes, in words. */
  readonly fault: string | undefined;
};

/** Reads what a server sent, strictly. `methods` are those of the requests, in order: an answer to HEAD has no body. */
export function readAnswers(bytes: Buffer, methods: readonly string[]): ReadAnswers {
  const answers: Answer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    if (headEnd === -1) return { answers, fault: "an answer ends within its head" };
    const [line = "", ...lines] = bytes.toString("latin1", at, headEnd).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) [\x20-\x7e]*$/.exec(line)?.[1] ?? 0);
    if (status === 0) return { answers, fault: `an answer begins with ${JSON.stringify(line.slice(0, 100))}` };
    at = headEnd + 4;
    if (status < 200) continue;
    const headers: Header[] = [];
    for (const field of lines) {
      const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ([\t\x20-\x7e\x80-\xff]*)$/.exec(field) ?? [];
      if (name === undefined || value === undefined) return { answers, fault: `a header is ${JSON.stringify(field)}` };
      headers.push([name.toLowerCase(), value]);
    }
    const of = (wanted: string) => headers.filter(([name]) => name === wanted);
    if (of("transfer-encoding").length > 0) return { answers, fault: "an answer comes in chunks" };
    const [length, ...more] = of("content-length");
    // Who cannot read a request does not know that it is a HEAD: the document is there, and the connection ends.
    const isUnread = status === 400 && of("connection")[0]?.[1] === "close" && bytes[at] === 0x3c;
    const hasNoBody = (methods[answers.length] === "HEAD" && !isUnread) || status === 204 || status === 304;
    if (length === undefined ? !hasNoBody : more.length > 0 || !/^\d+$/.test(length[1])) {
      return { answers, fault: `the content-length of a ${status} is ${length?.[1] ?? "missing"}` };
    }
    const size = hasNoBody ? 0 : Number(length?.[1]);
    if (at + size > bytes.length) return { answers, fault: `a ${status} ends within its body` };
    answers.push({ status, headers, body: bytes.toString("latin1", at, at + size) });
    at += size;
  }
  return { answers, fault: undefined };
}
