import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as api from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the README names every export, and every function of an engine", () => {
  const names = [...Object.keys(api), ...Object.keys(api.createDockerServices())];

  for (const name of names) expect(readme, name).toContain(`\`${name}`);
});

test("the example of the README prints what it says", () => {
  const [, example = "", output] = /```ts\n(.*?)```\n\n```text\n(.*?)```/s.exec(readme) ?? [];

  const printed = execFileSync(
    process.execPath,
    ["--conditions=@stave/source", "--input-type=module-typescript", "--eval", example],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
  );

  expect(printed).toBe(output);
});
