import { randomBytes } from "node:crypto";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf, ValuesOf } from "../../command/define-command.ts";
import type { Invocation } from "../../command/invocation.ts";
import type { Result } from "../../doctor/check.ts";
import { localChecks, remoteChecks } from "../../doctor/checks/index.ts";
import { cleanUp } from "../../doctor/clean-up.ts";
import { createExam, type DoctorKey, type Exam, type ServerView, type Subject } from "../../doctor/exam.ts";
import { runChecks } from "../../doctor/run-checks.ts";
import type { Output } from "../../output/output.ts";
import { printable } from "../../output/printable.ts";
import { readUrl } from "../../s3/find-endpoint.ts";
import { withS3 } from "../../s3/open-s3.ts";
import type { S3Credentials } from "../../s3/s3-endpoint.ts";
import type { doctor } from "./index.ts";

export const run: RunOf<typeof doctor> = async (invocation) => {
  const { output, signal, now } = invocation;
  const subject = await readSubject(invocation);
  const options = {
    now,
    askApi: apiOf(invocation),
    prefix: `stave-doctor-${randomBytes(4).toString("hex")}/`,
    explain: explainWith(invocation),
  };
  const exam = createExam(subject, { ...options, signal });
  const results: Result[] = [];
  const tell = (result: Result) => {
    results.push(result);
    if (!output.isJson) output.item(result, () => render(result, output));
  };
  try {
    for await (const result of runChecks(exam, remoteChecks)) tell(result);
  } finally {
    // Also after Ctrl-C.
    const cleaner: Exam = {
      ...createExam(subject, { ...options, signal: new AbortController().signal }),
      signingRegion: exam.signingRegion,
      work: exam.work,
      made: exam.made,
    };
    const cleaned = await cleanUp(cleaner);
    if (cleaned !== undefined) tell(cleaned);
  }
  for await (const result of runChecks(
    exam,
    subject.dataDirectory === undefined ? localChecks.slice(0, 1) : localChecks,
  ))
    tell(result);
  if (output.isJson) output.result({ endpoint: subject.endpoint, checks: results }, () => "");
  const failed = results.filter(({ status }) => status === "fail").length;
  if (failed > 0)
    throw new CliError("Failed", failed === 1 ? "One check has failed." : `${failed} checks have failed.`);
};

type Given = Invocation<unknown, ValuesOf<(typeof doctor)["options"]>>;

async function readSubject(invocation: Given): Promise<Subject> {
  const { bucket, origin, quick, dataDir } = invocation.options;
  const { DOCKER_HOST: dockerHost } = invocation.environment;
  return {
    ...(await findServer(invocation)),
    isQuick: quick,
    ...(bucket !== undefined && { bucket }),
    ...(origin !== undefined && { origin }),
    ...(dataDir !== undefined && { dataDirectory: dataDir }),
    ...(dockerHost !== undefined && { dockerHost }),
  };
}

async function findServer(invocation: Given): Promise<Pick<Subject, "endpoint" | "region" | "key">> {
  try {
    return await withS3(invocation, async ({ clientOf }) => {
      const { endpoint } = await clientOf({ context: undefined });
      const key = await endpoint.credentials?.();
      return { endpoint: endpoint.url, region: endpoint.region, ...(key !== undefined && { key: toKey(key) }) };
    });
  } catch (error) {
    // Without a key there is still something to see.
    const { endpoint, region = "us-east-1" } = invocation.options;
    if (endpoint === undefined || !(error instanceof CliError) || error.code !== "Unauthenticated") throw error;
    return { endpoint: readUrl(endpoint, "--endpoint"), region };
  }
}

function toKey({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials): DoctorKey {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** Undefined: nobody has said which Stave. */
function apiOf({ api, settings }: Pick<Given, "api" | "settings">): Exam["askApi"] {
  if (settings.token === undefined && settings.url.from === "default") return undefined;
  return async () => {
    const client = await api();
    const { body } = await client.call("get /api/status");
    return { url: client.url, ...body.data };
  };
}

/** Asks the Stave that is signed in to, if there is one. It is asked about ids that only its own gateway knows. */
function explainWith({ api, settings }: Pick<Given, "api" | "settings">): Exam["explain"] {
  let client: ApiClient | undefined;
  return async (requestId) => {
    if (requestId === undefined || !/^[0-9A-F]{16}$/i.test(requestId) || settings.token === undefined) return unknown;
    try {
      client ??= await api();
      const params = { requestId: requestId.toUpperCase() };
      const { body } = await client.call("get /api/requests/{requestId}/why", { params });
      return "data" in body ? viewOf(body.data) : unknown;
    } catch (error) {
      // Another server, or a token that may not ask: then nobody here knows more.
      if (error instanceof CliError && error.code !== "Interrupted") return unknown;
      throw error;
    }
  };
}

const unknown: ServerView = { hints: [] };

function viewOf({
  hints,
  ...rest
}: {
  readonly hints: readonly string[];
  readonly [name: string]: unknown;
}): ServerView {
  const { signature } = rest as {
    readonly signature?: { readonly computed?: { readonly canonicalRequest?: unknown } };
  };
  const canonicalRequest = signature?.computed?.canonicalRequest;
  return { hints, ...(typeof canonicalRequest === "string" && { canonicalRequest }) };
}

function render({ status, title, detail, cure, server = [] }: Result, { bold, dim }: Output): string {
  const word = status.padEnd("skipped".length);
  const lines = [
    `${status === "fail" ? bold(word) : status === "skipped" ? dim(word) : word}  ${title}: ${printable(detail)}`,
    ...server.map((hint) => `         server: ${printable(hint)}`),
    ...(cure === undefined ? [] : [`         cure:   ${printable(cure)}`]),
  ];
  return `${lines.join("\n")}\n`;
}
