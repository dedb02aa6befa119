import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { commandTree } from "../src/commands/index.ts";
import { notInTheCli } from "./not-in-the-cli.ts";

// Whatever the API can do, the command line can do: what a running api says of itself against what commands say they use.

let gateway: TestGateway;
let api: TestApi;
let operations: ReadonlyMap<string, string>;

beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  const { body } = await api.call("/api/openapi.json", { token: null });
  operations = new Map(
    Object.entries<Record<string, { readonly operationId?: string }>>(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId = "" }]) => [operationId, `${method} ${path}`] as const),
    ),
  );
}, 60_000);

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

const used = new Set(commandTree.commands.flatMap((command) => command.operations));

test("every operation of the API is used by a command, or is left out for a reason", () => {
  const missing = [...operations].filter(([id]) => !used.has(id) && !Object.hasOwn(notInTheCli, id));

  expect(operations.size).toBeGreaterThan(100);
  expect(missing.map(([id, route]) => `${id}: ${route}`)).toEqual([]);
});

test("no command names an operation that there is not", () => {
  const unknown = commandTree.commands.flatMap((command) =>
    command.operations.filter((id) => !operations.has(id)).map((id) => `${command.name}: ${id}`),
  );

  expect(unknown).toEqual([]);
});

test("nothing is left out that a command uses, or that there is not", () => {
  const needless = Object.keys(notInTheCli).filter((id) => used.has(id) || !operations.has(id));

  expect(needless).toEqual([]);
  expect(Object.entries(notInTheCli).filter(([, reason]) => reason === "")).toEqual([]);
});

test("what commands say that they use is called somewhere, and what is called a command says it uses", async () => {
  const called = await findCalls(join(import.meta.dirname, "..", "src"));
  const isCalled = (route: string) => called.some((pattern) => pattern.test(route));
  const isWhole = called.filter(({ source }) => !source.includes(".+"));

  const idle = [...operations].filter(([id, route]) => used.has(id) && !isCalled(route));
  expect(idle.map(([id]) => id)).toEqual([]);
  const untold = [...operations].filter(([id, route]) => !used.has(id) && isWhole.some((one) => one.test(route)));
  expect(untold.map(([id]) => id)).toEqual([]);
});

/** The routes that stand in the source of commands, `get /api/jobs/{id}`. Where a part is put in, anything may stand. */
async function findCalls(directory: string): Promise<readonly RegExp[]> {
  const files = (await readdir(directory, { recursive: true }))
    // Tools of assistants have calls of their own, which are no commands.
    .filter((name) => name.endsWith(".ts") && !name.startsWith("mcp/"));
  const sources = await Promise.all(files.map((name) => readFile(join(directory, name), "utf8")));
  const routes = sources.flatMap((text) =>
    [...text.matchAll(/["`]((?:get|post|put|patch|delete) \/api\/[^"`]*)["`]/g)].map(([, route = ""]) => route),
  );
  return routes.map((route) => {
    const parts = route.replaceAll("+}", "}").split(/\$\{[^}]*\}/);
    return new RegExp(`^${parts.map((part) => part.replaceAll(/[{}.$]/g, "\\$&")).join(".+")}$`);
  });
}
