import { presignUrl, signRequest } from "@stave/sigv4-verify";
import type { SentRequest } from "./compare-canonical.ts";
import { type Answer, send, type Wire } from "./send.ts";

export type DoctorKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** What is looked at. */
export type Subject = {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly region: string;
  readonly key?: DoctorKey;
  readonly bucket?: string;
  /** Of a page that is to use the bucket from a browser. */
  readonly origin?: string;
  /** Without what takes long. */
  readonly isQuick: boolean;
  /** Of the server, when this is its machine. */
  readonly dataDirectory?: string;
  /** DOCKER_HOST. */
  readonly dockerHost?: string;
};

export type ExamCall = Pick<Wire, "method" | "body" | "isExpecting" | "timeoutMs" | "address"> & {
  /** Escaped, with its query: `/photos/a%20b`. */
  readonly path: string;
  /** All of them are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent along with the others, not signed. */
  readonly unsigned?: Readonly<Record<string, string>>;
  /** @default "UNSIGNED-PAYLOAD" */
  readonly payloadHash?: string;
  /** @default the subject's */
  readonly key?: DoctorKey;
  /** @default the endpoint's: `https://photos.s3.example.com` */
  readonly base?: string;
};

/** One run of the checks: what they ask with, and what they learn for each other. */
export type Exam = Subject & {
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Learned: the server may be in another region than it was said to be. */
  signingRegion: string;
  /** Where objects may be made. Undefined: nowhere. */
  work: { readonly bucket: string; readonly isOwn: boolean } | undefined;
  /** Begins the name of everything that is made. */
  readonly prefix: string;
  /** What is to be removed again. */
  readonly made: { readonly key: string; readonly versionId: string | undefined }[];
  /** Without a signature. */
  ask(call: Omit<ExamCall, "unsigned" | "payloadHash" | "key">): Promise<Answer>;
  /** Signed with an Authorization header. */
  call(call: ExamCall): Promise<Answer>;
  /** Signed in the URL. */
  callPresigned(call: Pick<ExamCall, "method" | "path" | "body">): Promise<Answer>;
  /** Makes an object of the work bucket, to be removed again. */
  put(
    call: Omit<ExamCall, "method" | "path" | "key"> & { readonly key: string; readonly query?: string },
  ): Promise<Answer>;
  /** What the server says about why it refused a request; empty when nobody here may ask it. */
  explain(requestId: string | undefined): Promise<ServerView>;
  /** The last one, for comparison. */
  lastSigned: SentRequest | undefined;
  /** The API, where somebody has said which. */
  readonly askApi: (() => Promise<ApiStatus>) | undefined;
};

/** What a server has made of a request that it refused. */
export type ServerView = {
  readonly hints: readonly string[];
  /** Of a wrong signature. */
  readonly canonicalRequest?: string;
};

export type ApiStatus = { readonly url: string; readonly version: string; readonly isSetUp: boolean };

export type ExamOptions = Pick<Exam, "now" | "signal" | "prefix" | "explain" | "askApi">;

export function createExam(subject: Subject, { now, signal, prefix, explain, askApi }: ExamOptions): Exam {
  const { endpoint, key } = subject;
  const exam: Exam = {
    ...subject,
    now,
    signal,
    prefix,
    explain,
    askApi,
    signingRegion: subject.region,
    work: undefined,
    lastSigned: undefined,
    made: [],
    ask: ({ path, base = endpoint, headers = {}, ...rest }) =>
      send({ ...rest, url: `${base}${path}`, headers: { ...lengthOf(rest.body), ...headers }, signal }),
    async call({
      path,
      base = endpoint,
      headers = {},
      unsigned = {},
      payloadHash = "UNSIGNED-PAYLOAD",
      key: other,
      ...rest
    }) {
      const signed = await signRequest(
        { method: rest.method, url: `${base}${path}`, headers },
        { ...signing(exam, other ?? key), payloadHash },
      );
      exam.lastSigned = signed;
      return send({
        ...rest,
        url: signed.url,
        headers: { ...lengthOf(rest.body), ...signed.headers, ...unsigned },
        signal,
      });
    },
    async callPresigned({ path, ...rest }) {
      const url = await presignUrl({ method: rest.method, url: `${endpoint}${path}` }, signing(exam, key));
      const [, host = "", target = ""] = /^https?:\/\/([^/]+)(.*)$/s.exec(url) ?? [];
      exam.lastSigned = { method: rest.method, target, headers: { host } };
      return send({ ...rest, url, headers: lengthOf(rest.body), signal });
    },
    async put({ key: name, query = "", ...rest }) {
      const answer = await exam.call({ ...rest, method: "PUT", path: `${pathOf(exam, name)}${query}` });
      if (answer.status === 200) exam.made.push({ key: name, versionId: answer.headers["x-amz-version-id"] });
      return answer;
    },
  };
  return exam;
}

/** `/bucket/key` of an object in the work bucket, escaped. */
export function pathOf({ work }: Pick<Exam, "work">, key: string): string {
  return `/${work?.bucket ?? ""}/${escapeKey(key)}`;
}

/** All but letters, digits, `-._~` and slashes. */
export function escapeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll("%2F", "/")
    .replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function signing({ signingRegion, now }: Exam, key: DoctorKey | undefined) {
  if (key === undefined) throw new TypeError("Expected a key: the check needs none of this without one");
  return { ...key, region: signingRegion, now };
}

function lengthOf(body: Wire["body"]): Readonly<Record<string, string>> {
  return body instanceof Buffer ? { "content-length": String(body.length) } : {};
}
