import type { ApiClient } from "../api/api-client.ts";
import type { Settings } from "../settings/read-settings.ts";
import type { Candidate } from "./complete-line.ts";

const most = 200;

type Sources = { readonly settings: Settings; readonly api: () => Promise<ApiClient> };

type Source = {
  /** Of what `Completion.values` says. */
  readonly of: RegExp;
  readonly read: (sources: Sources) => Promise<readonly Candidate[]>;
};

const sources: readonly Source[] = [
  { of: /--context$|^context\.name$/, read: async ({ settings }) => readContexts(settings) },
  { of: /--project$|\.project$|^projects(--id|\.(id|slug|name))$/, read: async ({ api }) => readProjects(await api()) },
  {
    of: /--service$|\.service$|^(services|links|sinks)--id$|^services\.id$/,
    read: async ({ api }) => readServices(await api()),
  },
  { of: /--bucket$|\.bucket$|^buckets\.name$|^s3$/, read: async ({ api }) => readBuckets(await api()) },
  { of: /--job$|^jobs\.id$/, read: async ({ api }) => readJobs(await api()) },
];

/** What there is of that kind, or nothing where nobody knows. */
export async function knownValues(kind: string, from: Sources): Promise<readonly Candidate[]> {
  return (await sources.find(({ of }) => of.test(kind))?.read(from)) ?? [];
}

function readContexts({ contexts }: Settings): readonly Candidate[] {
  return Object.entries(contexts.contexts).map(([word, { url }]) => ({ word, about: url }));
}

async function readProjects({ call }: ApiClient): Promise<readonly Candidate[]> {
  const { body } = await call("get /api/projects", { query: { limit: most } });
  return body.data.map(({ slug, name }) => ({ word: slug, about: name }));
}

async function readServices({ call }: ApiClient): Promise<readonly Candidate[]> {
  const { body } = await call("get /api/external-services", { query: { page_size: most } });
  return body.map(({ id, name }) => ({ word: String(id), about: name }));
}

async function readBuckets({ call }: ApiClient): Promise<readonly Candidate[]> {
  const { body } = await call("get /api/storage/buckets", { query: { limit: most } });
  return body.data.map(({ name }) => ({ word: name, about: "" }));
}

async function readJobs({ call }: ApiClient): Promise<readonly Candidate[]> {
  const { body } = await call("get /api/jobs", { query: { limit: most } });
  return body.data.map(({ id, type, state }) => ({ word: id, about: `${type}, ${state}` }));
}
