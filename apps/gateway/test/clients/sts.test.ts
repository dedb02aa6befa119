import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { documentedEnvironment } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { runClient } from "../support/run-client.ts";
import { createS3Client } from "../support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "../support/start-gateway.ts";
import { callSts, credentialsOf } from "../support/sts-client.ts";

// What clients do with temporary keys when nobody has told them more than the address.

const role = `arn:aws:iam::${ann.id}:role/self`;
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::temporary/*"] }],
});

let gateway: TestGateway;
let home: string;
let environment: Record<string, string>;
beforeAll(async () => {
  gateway = await startGateway();
  environment = documentedEnvironment("aws CLI", gateway);
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/temporary" });
  await s3.call({ method: "PUT", path: "/temporary/cat", body: "meow" });
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-sts-"));
  return () => rm(home, { recursive: true });
});

/** A profile that takes on the role by itself, as people set it up. */
async function writeProfile(): Promise<void> {
  await mkdir(join(home, ".aws"));
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = environment;
  const keys = `aws_access_key_id=${AWS_ACCESS_KEY_ID}\naws_secret_access_key=${AWS_SECRET_ACCESS_KEY}`;
  await writeFile(join(home, ".aws", "credentials"), `[default]\n${keys}\n`);
  await writeFile(
    join(home, ".aws", "config"),
    `[profile narrow]\nrole_arn=${role}\nsource_profile=default\nrole_session_name=profile\nregion=us-east-1\n`,
  );
}

const pythons = [
  {
    title: "boto3",
    command: process.env.STAVE_TEST_PYTHON ?? "python3",
    probe: ["-c", "import boto3; from botocore.config import Config; Config().request_checksum_calculation"],
    install: "Python 3 with boto3 1.36 or newer (`pip install boto3`), or name one in STAVE_TEST_PYTHON",
  },
  {
    title: "boto3 1.26",
    command: process.env.STAVE_TEST_PYTHON_BOTO3_1_26 ?? "python3",
    probe: ["-c", "import boto3; assert boto3.__version__.startswith('1.26.')"],
    install: "a Python 3 with boto3 1.26 and name it in STAVE_TEST_PYTHON_BOTO3_1_26",
  },
];

describe.each(pythons)("$title", ({ command, probe, install }) => {
  const python = findClient({ command, probe, install });

  test.skipIf(python.isMissing)("gets temporary keys, and uses them", { timeout: 60_000 }, async () => {
    const { stdout } = await runClient(python.command, [fileURLToPath(new URL("boto3_sts.py", import.meta.url))], {
      home,
      env: { ...environment, ENDPOINT_URL: gateway.endpoint, ROLE_ARN: role, POLICY: policy },
    });

    expect(JSON.parse(stdout)).toEqual({
      caller: { Account: ann.id, Arn: `arn:aws:iam::${ann.id}:user/ann`, UserId: ann.id },
      hours: 12,
      session: ["temporary"],
      read: "meow",
      presigned: "meow",
      denied: ["AccessDenied", 403],
      again: ["AccessDenied", 403],
      tooShort: ["ValidationError", 400],
      malformed: ["MalformedPolicyDocument", 400],
      anotherRole: ["AccessDenied", 403],
      wrongSecret: ["SignatureDoesNotMatch", 403],
    });
  });
});

const awsCli = findClient({
  command: process.env.STAVE_TEST_AWS ?? "aws",
  probe: ["--version"],
  install: "the AWS CLI (`pip install awscli`), or name one in STAVE_TEST_AWS",
});

describe.skipIf(awsCli.isMissing)("the AWS CLI", { timeout: 60_000 }, () => {
  const aws = async (args: readonly string[], env: Readonly<Record<string, string>> = environment) =>
    (await runClient(awsCli.command, args, { home, env })).stdout;

  test("gets temporary keys, and uses them", async () => {
    const args = ["sts", "get-session-token", "--endpoint-url", gateway.endpoint];
    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(await aws(args)).Credentials;
    const keys = {
      AWS_ACCESS_KEY_ID: AccessKeyId,
      AWS_SECRET_ACCESS_KEY: SecretAccessKey,
      AWS_SESSION_TOKEN: SessionToken,
    };
    const listed = await aws(["s3", "ls", "s3://temporary"], { ...environment, ...keys });

    expect(listed).toMatch(/ cat\n$/);
  });

  test("takes on the role of a profile", async () => {
    await writeProfile();
    const { AWS_ENDPOINT_URL = "" } = environment;

    const identity = await aws(["sts", "get-caller-identity", "--profile", "narrow"], { AWS_ENDPOINT_URL });
    const read = await aws(["s3", "cp", "s3://temporary/cat", "-", "--profile", "narrow"], { AWS_ENDPOINT_URL });

    expect([JSON.parse(identity).Account, read]).toEqual([ann.id, "meow"]);
  });
});

test("the AWS SDK for JavaScript takes on the role of a profile", { timeout: 60_000 }, async () => {
  await writeProfile();
  const program = `
    import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
    const s3 = new S3Client({ forcePathStyle: true });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "temporary", Key: "cat" }));
    const { accessKeyId, sessionToken } = await s3.config.credentials();
    console.log(JSON.stringify([await Body.transformToString(), accessKeyId.slice(0, 4), typeof sessionToken]));`;
  const script = fileURLToPath(new URL(`../sts-${process.pid}.mjs`, import.meta.url));
  await writeFile(script, program);
  try {
    const { AWS_ENDPOINT_URL = "" } = environment;
    const env = { AWS_ENDPOINT_URL, AWS_PROFILE: "narrow" };
    const { stdout } = await runClient(process.execPath, [script], { home, env });

    expect(JSON.parse(stdout)).toEqual(["meow", "ASIA", "string"]);
  } finally {
    await rm(script);
  }
});

const goProgram = findClient({
  command: process.env.STAVE_TEST_GO_SDK ?? "stave-test-go-sdk",
  probe: ["--version"],
  install: "Go, `go build ./sdk` in apps/gateway/test/clients/go, and name the program in STAVE_TEST_GO_SDK",
});

test.skipIf(goProgram.isMissing)("the AWS SDK for Go uses temporary keys", { timeout: 90_000 }, async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = credentialsOf(
    await callSts(gateway, { Action: "GetSessionToken" }),
  );
  const keys = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };

  const { stdout } = await runClient(goProgram.command, [], { home, env: { ...environment, ...keys } });

  const lines = stdout
    .trim()
    .split("\n")
    .map((line): { readonly error?: string } => JSON.parse(line));
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter(({ error }) => error !== undefined)).toEqual([]);
});
