import { join } from "node:path";
import { openControlDatabase } from "@stave/control-database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { addPerson, type Person } from "./support/people.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

type Entry = { id: string; at: string; actor: string; action: string; subject: string; details: object };

let gateway: TestGateway;
let api: TestApi;
let admin: Person;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  admin = await addPerson(api, "admin", "root");
  for (const name of ["=1+1", 'a "quoted", name']) {
    await admin.call("/api/tokens", { method: "POST", json: { name, permissions: ["jobs:read"] } });
  }
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

const read = async (query = ""): Promise<Entry[]> => (await admin.call(`/api/audit${query}`)).body.data;

test("names who did what, newest first", async () => {
  const [newest] = await read();
  expect(newest).toMatchObject({
    actor: "user:root@example.com",
    action: "api-token:create",
    details: { name: 'a "quoted", name' },
  });
  const all = await read("?limit=1000");
  expect(all.map(({ id }) => id)).toEqual(
    all
      .map(({ id }) => id)
      .toSorted()
      .reverse(),
  );
});

test("is found by actor, action, subject and time", async () => {
  const made = await read("?action=api-token:create&actor=user:root@example.com");
  expect(made).toHaveLength(2);
  expect(await read(`?subject=${made[0]?.subject}`)).toEqual([made[0]]);
  expect(await read(`?subject=user:${admin.id}&action=session:create`)).toHaveLength(1);
  const at = encodeURIComponent(made[1]?.at ?? "");
  expect((await read(`?from=${at}`)).map(({ id }) => id)).toContain(made[1]?.id);
  expect((await read(`?to=${at}`)).map(({ id }) => id)).not.toContain(made[1]?.id);
});

test("has pages without repeats, and refuses cursors of others", async () => {
  const all = (await read("?limit=1000")).map(({ id }) => id);
  const paged: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { body } = await admin.call(`/api/audit?limit=3${cursor && `&cursor=${cursor}`}`);
    paged.push(...body.data.map(({ id }: Entry) => id));
    cursor = body.nextCursor;
  }
  expect(paged).toEqual(all);
  for (const query of ["?cursor=abc", "?cursor=MjAzMA", "?limit=0", "?from=yesterday", "?who=x"]) {
    expect((await admin.call(`/api/audit${query}`)).status).toBe(400);
  }
});

test("is a table for spreadsheets, in which nothing is run as a formula", async () => {
  const headers = { accept: "text/csv" };
  const answer = await api.call("/api/audit?action=api-token:create&actor=user:root@example.com", { headers });

  expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  const [head, ...lines] = String(answer.body).trimEnd().split("\r\n");
  expect(head).toBe("at,actor,action,subject,details");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('"user:root@example.com","api-token:create"');
  expect(lines[0]).toContain(String.raw`a \""quoted\"", name`);
  for (const line of lines) expect(line).not.toMatch(/(^|,)"[=+@-]/);
});

test("is kept for as many days as were set, and says what has gone", async () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  const at = { file: join(gateway.dataDirectory, "control.sqlite") };
  for (const days of [9, 8, 6]) {
    const database = await openControlDatabase({ at, now: () => daysAgo(days) });
    await database.audit.add({ actor: "ann", action: "test:old", subject: String(days) });
    await database.close();
  }
  const subjects = async () => (await read("?action=test:old")).map(({ subject }) => subject);
  expect(await subjects()).toEqual(["6", "8", "9"]); // for ever, unless somebody says otherwise

  const pruning = await startApi(gateway, { args: ["--audit-days", "7"] });
  await waitFor(async () => (await read("?action=audit:prune")).length > 0);
  await pruning.stop();

  expect(await subjects()).toEqual(["6"]);
  expect(await read("?action=audit:prune")).toMatchObject([{ actor: "system", details: { count: 2 } }]);
});

test("a call for an assistant is on record before it is done, with the name of the assistant", async () => {
  const headers = { "stave-agent": "some assistant/1.2", "stave-agent-tool": "list_buckets" };
  const { status, headers: answered } = await admin.call("/api/storage/buckets?limit=5", { headers });

  expect(status).toBe(200);
  expect(await read("?action=agent:call")).toEqual([
    expect.objectContaining({
      actor: "user:root@example.com",
      subject: "GET /api/storage/buckets",
      details: {
        agent: "some assistant/1.2",
        tool: "list_buckets",
        operation: "listBuckets",
        requestId: answered.get("x-request-id"),
      },
    }),
  ]);
});

test.each([
  ["too long a name", { "stave-agent": "a".repeat(129) }],
  ["a name of nothing", { "stave-agent": "" }],
  ["a name with a tab", { "stave-agent": "a\tb" }],
  ["a tool with blanks", { "stave-agent": "a", "stave-agent-tool": "a b" }],
])("%s of an assistant is refused, and nothing is done", async (_, headers) => {
  expect(await admin.call("/api/storage/buckets", { headers })).toMatchObject({ status: 400 });
});

test("a call that is not permitted is not on record as one of an assistant", async () => {
  const before = (await read("?action=agent:call")).length;

  expect((await api.call("/api/usage", { token: null, headers: { "stave-agent": "a" } })).status).toBe(401);
  expect(await read("?action=agent:call")).toHaveLength(before);
});
