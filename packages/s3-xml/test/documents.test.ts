import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { documents, type RequestDocument, type ResponseDocument } from "../src/documents.ts";
import * as api from "../src/index.ts";
import { requestSample, requestSamples } from "./request-samples.ts";

const requests = documents.filter((document) => document.kind === "request");
const responses = documents.filter((document) => document.kind === "response");

describe("the table of documents", () => {
  test("has every reader", () => {
    expect(requests.map(({ parse }) => fileName(parse)).sort()).toEqual(sourceFiles("requests", /^parse-/));
  });

  test("has every writer of a document of its own", () => {
    // A member of two listings, and a shorter way to write four documents that are in the table.
    const others = ["write-contents.ts", "write-unset-configuration.ts"];

    const files = sourceFiles("responses", /^write-/).filter((file) => !others.includes(file));

    expect(responses.map(({ write }) => fileName(write)).sort()).toEqual(files);
  });

  test("has only what the package exports", () => {
    const exported = new Set<unknown>(Object.values(api));

    for (const { parse } of requests) expect(exported).toContain(parse);
    for (const { write } of responses) expect(exported).toContain(write);
  });

  test("is in the order of its names, each operation once a kind", () => {
    for (const list of [requests, responses]) {
      const names = list.map(({ name }) => name.toLowerCase());
      expect(names).toEqual(names.toSorted());
      const operations = list.flatMap((document) => document.operations);
      expect(new Set(operations).size).toBe(operations.length);
    }
  });

  test("is the one of the README", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

    expect(rows(readme, "| document read")).toEqual(requests.map(requestRow));
    expect(rows(readme, "| document written")).toEqual(responses.map(responseRow));
  });

  test("has a sample of every request", () => {
    expect(Object.keys(requestSamples).sort()).toEqual(requests.map(({ name }) => name).sort());
  });
});

describe("reads and writes again without a change", () => {
  const written = responses.filter(({ name }) => requests.some((request) => request.name === name));

  test("the documents that go both ways", () => {
    expect(written).toHaveLength(17);
  });

  test.each(written.map((document) => [document.name, document] as const))("%s", (name, { write }) => {
    const document = requests.find((request) => request.name === name)?.parse(Buffer.from(requestSample(name)));

    // Reader and writer of one name share their type, which the table does not know.
    expect(write(document as never)).toBe(requestSample(name));
  });
});

function fileName(implementation: { readonly name: string }): string {
  return `${implementation.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`;
}

function sourceFiles(folder: "requests" | "responses", prefix: RegExp): readonly string[] {
  const files = readdirSync(new URL(`../src/${folder}`, import.meta.url));
  return files.filter((file) => prefix.test(file) && !file.endsWith(".test.ts")).sort();
}

/** The rows of a table, as cells. */
function rows(readme: string, head: string): readonly (readonly string[])[] {
  const [table = ""] = readme.slice(readme.indexOf(head)).split("\n\n");
  const cells = table.split("\n").map((row) => row.split("|").map((cell) => cell.trim()));
  return cells.slice(2).map((row) => row.slice(1, -1));
}

function requestRow({ name, parse, operations, maxBytes }: RequestDocument): readonly string[] {
  const cap = maxBytes >= 1_048_576 ? `${maxBytes / 1_048_576} MiB` : `${maxBytes / 1024} KiB`;
  return [name, `\`${parse.name}\``, operations.join(", "), cap];
}

function responseRow({ name, write, operations }: ResponseDocument): readonly string[] {
  return [name, `\`${write.name}\``, operations.join(", ") || "every error"];
}
