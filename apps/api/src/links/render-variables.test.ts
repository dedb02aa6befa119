import { execFileSync } from "node:child_process";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { renderVariables } from "./render-variables.ts";

const hostile = {
  PLAIN: "http://127.0.0.1:9000",
  SECRET: "a/b+c=",
  DOLLAR: "$HOME $(id) `id`",
  QUOTE: "it's",
  HASH: "a # b",
  SPACES: "  a b  ",
  EMPTY: "",
};

test("a dotenv file is read as it was written", () => {
  const { DOLLAR, QUOTE, ...rest } = hostile;
  expect(parseEnv(renderVariables({ ...rest, DOLLAR, QUOTE }, "dotenv", ""))).toEqual(hostile);
});

test("a shell runs nothing of the values", () => {
  const script = `${renderVariables(hostile, "export", "")}node -p 'JSON.stringify(process.env)'`;
  const env = JSON.parse(
    execFileSync("sh", ["-c", script.replace("node ", `${process.execPath} `)], { encoding: "utf8" }),
  );
  expect(env).toMatchObject(hostile);
});

test("a Secret has its values as strings", () => {
  const text = renderVariables({ ...hostile, COLON: "a: b\n- c" }, "k8s", "shop");
  for (const line of text
    .slice(text.indexOf("stringData:\n") + 12)
    .trimEnd()
    .split("\n")) {
    const [, name = "", value = ""] = /^ {2}(\w+): (".*")$/.exec(line) ?? [];
    expect({ ...hostile, COLON: "a: b\n- c" }).toHaveProperty(name, JSON.parse(value));
  }
});

test.each(["dotenv", "export"] as const)("a value with a line break is refused as %s", (format) => {
  expect(() => renderVariables({ NAME: "a\nEVIL=1" }, format, "")).toThrow(/control characters/);
});
