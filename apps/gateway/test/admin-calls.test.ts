import { createHash } from "node:crypto";
import { request as sendHttp } from "node:http";
import { createMemoryStore, type ObjectStore } from "@stave/object-store";
import { type SignRequestOptions, signRequest } from "@stave/sigv4-verify";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { realDayMs } from "../src/lifecycle/due-date.ts";
import { type PlanQuery, showPlan } from "../src/lifecycle/show-plan.ts";
import { callAdmin, createAdminGate } from "../src/process/admin-call.ts";
import { createAdminToken } from "../src/process/admin-file.ts";
import { startAdminListener } from "../src/process/admin-listener.ts";
import { createPlanRoute, planPath } from "../src/process/plan-route.ts";
import { findClient } from "./support/find-client.ts";
import { runClient } from "./support/run-client.ts";

const region = "eu-central-1";
const token = createAdminToken();
const rules =
  "<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>";
const hashOf = (body: string) => createHash("sha256").update(body).digest("hex");

type Wire = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

describe("signed calls of the admin port", () => {
  let store: ObjectStore;
  let listener: Awaited<ReturnType<typeof startAdminListener>>;
  let asked: PlanQuery[] = [];
  let clock = new Date();

  beforeAll(async () => {
    store = createMemoryStore();
    await store.createBucket({ name: "photos", ownerId: "ann" });
    listener = await startAdminListener({
      port: 0,
      isReady: () => true,
      metrics: async () => "",
      openCall: createAdminGate({ token, region, now: () => clock }),
      routes: [
        createPlanRoute((query) => {
          asked.push(query);
          return showPlan(store, query, realDayMs);
        }),
      ],
    });
  });
  afterAll(() => listener.close());
  beforeEach(() => {
    asked = [];
    clock = new Date();
  });

  const sign = async (
    { method = "GET", path = planPath, body = "" },
    options: Partial<SignRequestOptions> = {},
  ): Promise<Wire> => {
    const { headers, target } = await signRequest(
      { method, url: `${listener.url}${path}` },
      {
        accessKeyId: "admin",
        secretAccessKey: token,
        region,
        service: "stave-admin",
        payloadHash: hashOf(body),
        ...options,
      },
    );
    return { method, target, headers, body };
  };

  /** Says each byte itself: `fetch` would correct some. */
  const send = ({ method, target, headers, body }: Wire): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const length = { "content-length": String(Buffer.byteLength(body)) };
      const sent = sendHttp(listener.url, { method, path: target, headers: { ...headers, ...length } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      sent.on("error", reject).end(body);
    });

  const refused = async (wire: Wire, status = 403): Promise<void> => {
    const answer = await send(wire);

    expect([answer.status, asked]).toEqual([status, []]);
    expect(answer.text).not.toContain(token);
    expect(answer.text).not.toContain("total");
  };

  test("answer whoever knows the token of admin.json", async () => {
    expect(await send(await sign({}))).toEqual({ status: 200, text: '{"total":0}\n' });
    expect(await send(await sign({ method: "POST", path: `${planPath}?bucket=photos`, body: rules }))).toEqual({
      status: 200,
      text: '{"total":0}\n',
    });
    expect(asked).toEqual([{}, { bucket: "photos", rules }]);
  });

  test("are what commands send, whatever is in their parameters", async () => {
    const access = { url: listener.url, token, region };
    const query = new URLSearchParams({ bucket: "photos", at: "2030-01-01T00:00:00+02:00" });

    expect((await callAdmin(access, { path: planPath, query })).status).toBe(200);
    expect((await callAdmin(access, { method: "POST", path: planPath, query, body: rules })).status).toBe(200);
    const odd = await callAdmin(access, { path: planPath, query: new URLSearchParams({ bucket: "a b+c&d=e'~*(é)" }) });
    expect([odd.status, await odd.text()]).toEqual([404, expect.stringContaining("NoSuchBucket")]);
    expect(asked.at(-1)).toEqual({ bucket: "a b+c&d=e'~*(é)" });
    expect((await callAdmin({ ...access, token: createAdminToken() }, { path: planPath })).status).toBe(403);
  });

  test("say what is wrong with them", async () => {
    expect(await send(await sign({ path: `${planPath}?bucket=absent` }))).toMatchObject({ status: 404 });
    expect(await send(await sign({ method: "DELETE" }))).toMatchObject({ status: 405 });
    expect(await send(await sign({ method: "POST", path: `${planPath}?bucket=photos`, body: "<x/>" }))).toMatchObject({
      status: 400,
    });
    const large = "x".repeat(1024 * 1024 + 1);
    expect(await send(await sign({ method: "POST", body: large }))).toMatchObject({
      status: 400,
      text: expect.stringContaining("MaxMessageLengthExceeded"),
    });
    expect(asked.map(({ bucket }) => bucket)).toEqual(["absent", "photos"]);
  });

  test.each<[string, Partial<SignRequestOptions>, number]>([
    ["another secret", { secretAccessKey: createAdminToken() }, 403],
    ["another key", { accessKeyId: "root" }, 403],
    ["the service of S3", { service: "s3" }, 400],
    ["another region", { region: "us-east-1" }, 400],
    ["an unsigned body", { payloadHash: "UNSIGNED-PAYLOAD" }, 403],
    ["a body in unsigned chunks", { payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }, 403],
    ["a body in signed chunks", { payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" }, 403],
    ["a session token", { sessionToken: "token" }, 400],
  ])("are refused when they are signed with %s", async (_title, options, status) => {
    await refused(await sign({ method: "POST", path: `${planPath}?bucket=photos`, body: rules }, options), status);
  });

  test("are refused without a signature, and the token itself is none", async () => {
    const { host = "" } = (await sign({})).headers;
    const wire = { method: "GET", target: planPath, body: "" };

    await refused({ ...wire, headers: { host } });
    await refused({ ...wire, headers: { host, authorization: `Bearer ${token}` } }, 400);
    await refused({ ...wire, headers: { host, authorization: `Basic ${btoa(`admin:${token}`)}` } }, 400);
    await refused({ ...wire, target: `${planPath}?token=${token}`, headers: { host } });
  });

  describe("security S33: captured and sent again, they do nothing", () => {
    const path = `${planPath}?bucket=photos`;

    test.each<[string, (wire: Wire) => Wire]>([
      ["by another method", (wire) => ({ ...wire, method: "PUT" })],
      ["by a reading method", (wire) => ({ ...wire, method: "GET" })],
      ["with another parameter", (wire) => ({ ...wire, target: `${planPath}?bucket=videos` })],
      ["with a parameter more", (wire) => ({ ...wire, target: `${path}&at=2099-01-01` })],
      ["without a parameter", (wire) => ({ ...wire, target: planPath })],
      ["with another body", (wire) => ({ ...wire, body: rules.replace("<Days>1<", "<Days>2<") })],
      ["with a body more", (wire) => ({ ...wire, body: `${rules} ` })],
      ["without the body", (wire) => ({ ...wire, body: "" })],
      ["to another host", (wire) => ({ ...wire, headers: { ...wire.headers, host: "127.0.0.1:1" } })],
      [
        "with another hash of the body",
        (wire) => ({
          ...wire,
          body: "<x/>",
          headers: { ...wire.headers, "x-amz-content-sha256": hashOf("<x/>") },
        }),
      ],
      [
        "with another time",
        (wire) => ({
          ...wire,
          headers: {
            ...wire.headers,
            "x-amz-date": (wire.headers["x-amz-date"] ?? "").replace(/\d(?=Z$)/, (digit) =>
              digit === "0" ? "1" : "0",
            ),
          },
        }),
      ],
    ])("%s", async (_title, change) => {
      const captured = await sign({ method: "POST", path, body: rules });

      await refused(change(captured));

      expect((await send(captured)).status).toBe(200);
    });

    test("to another path", async () => {
      const other = await sign({ path: "/lifecycle/plans" });
      await refused({ ...other, target: planPath });
      await refused({ ...other, target: `${planPath}/` }, 404);
      await refused({ ...other, target: `/x/..${planPath}` }, 404);
    });

    test("later than 15 minutes, and earlier", async () => {
      const captured = await sign({});
      const signedAt = clock.getTime();
      for (const minutes of [16, 24 * 60, -16]) {
        clock = new Date(signedAt + minutes * 60_000);
        await refused(captured);
      }
      clock = new Date(signedAt);
      expect((await send(captured)).status).toBe(200);
    });

    test("to another server, whose token is another", async () => {
      const other = await startAdminListener({
        port: 0,
        isReady: () => true,
        metrics: async () => "",
        openCall: createAdminGate({ token: createAdminToken(), region, now: () => clock }),
        routes: [createPlanRoute((query) => showPlan(store, query, realDayMs))],
      });
      try {
        const { headers } = await sign({});
        const answer = await fetch(`${other.url}${planPath}`, { headers });
        expect([answer.status, (await answer.text()).includes("total")]).toEqual([403, false]);
      } finally {
        await other.close();
      }
    });
  });

  const curl = findClient({ command: "curl", probe: ["--version"], install: "curl" });
  test.skipIf(curl.isMissing)("are what curl sends with the documented options", async () => {
    const settings = Buffer.from(`user = "admin:${token}"\n`);
    const options = ["-sS", "--config", "-", "--aws-sigv4", `aws:amz:${region}:stave-admin`];
    const run = async (...args: string[]) =>
      (await runClient(curl.command, [...options, ...args], { home: "/", input: settings })).stdout;

    expect(await run(`${listener.url}${planPath}`)).toBe('{"total":0}\n');
    expect(await run("--data-binary", rules, `${listener.url}${planPath}?bucket=photos`)).toBe('{"total":0}\n');
  });
});
