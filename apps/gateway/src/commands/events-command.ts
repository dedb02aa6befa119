import {
  type EmbeddedStore,
  lockDataDirectory,
  type Message,
  type MessageQueue,
  openEmbeddedStore,
  StoreError,
} from "@stave/object-store";
import { UsageError } from "../process/usage-error.ts";
import type { DataCommand } from "./command.ts";
import { renderTable, showName } from "./render-table.ts";

const done = 0;
const pageMessages = 1000;

type EventsOptions = {
  readonly dead: boolean;
  readonly retry: boolean;
  readonly drop: boolean;
  readonly queue?: string;
  readonly limit: string;
};

/** A message for people: the text of an event or a copy says what is behind it. */
type ShownMessage = {
  readonly queue: string;
  readonly sequence: number;
  readonly attempts: number;
  readonly failure: string | undefined;
  readonly message: unknown;
};

export const eventsCommand: DataCommand<EventsOptions> = {
  name: "events",
  description:
    "Shows what waits for webhooks and other servers, and what was given up; also while a server runs. Given up are messages that failed for about nine hours.",
  addOptions(command) {
    command
      .option("--dead", "list the messages that were given up", false)
      .option("--retry", "try those that were given up again, from the beginning", false)
      .option("--drop", "remove those that were given up", false)
      .option("--queue <name>", "only this queue: webhook:NAME or replication:NAME")
      .option("--limit <n>", "how many messages to list of each queue", "100");
  },
  async run(directory, options) {
    if (options.retry && options.drop) throw new UsageError("--retry and --drop cannot be used together. See --help.");
    if (!/^[1-9]\d{0,5}$/.test(options.limit)) throw new UsageError("--limit: Expected a whole number. See --help.");
    return await withStore(directory, async (store) => {
      const names = (await store.listQueues()).map(({ name }) => name).filter(isAsked(options));
      let changed = 0;
      if (options.retry || options.drop) for (const name of names) changed += await changeDead(store, name, options);
      const queues = (await store.listQueues()).filter(({ name }) => isAsked(options)(name));
      const dead = options.dead ? await listDead(store, names, Number(options.limit)) : undefined;
      return {
        report: { queues, ...(options.retry && { retried: changed }), ...(options.drop && { dropped: changed }), dead },
        text: render(queues, dead ?? [], options, changed),
        exitCode: done,
      };
    });
  },
};

function isAsked({ queue }: EventsOptions): (name: string) => boolean {
  return (name) => queue === undefined || name === queue;
}

/** Beside the server when one runs; else the directory is ours, and recovered first. */
async function withStore<T>(directory: string, work: (store: EmbeddedStore) => Promise<T>): Promise<T> {
  const lock = await lockDataDirectory(directory, { mustExist: true }).catch((error: unknown) => {
    if (error instanceof StoreError && error.code === "DataDirectoryInUse") return undefined;
    throw error;
  });
  try {
    const store = await openEmbeddedStore({ directory });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  } finally {
    await lock?.release();
  }
}

async function changeDead(store: EmbeddedStore, queue: string, { retry }: EventsOptions): Promise<number> {
  let changed = 0;
  for (let after = 0; ; ) {
    const page = await store.readMessages(queue, { state: "dead", after, limit: pageMessages });
    const last = page.at(-1);
    if (last === undefined) return changed;
    await store.changeMessages(
      queue,
      page.map(({ sequence }) =>
        retry ? { sequence, to: "waiting", attempts: 0, dueAt: new Date(0) } : { sequence, to: "done" },
      ),
    );
    changed += page.length;
    after = last.sequence;
  }
}

async function listDead(store: EmbeddedStore, queues: readonly string[], limit: number): Promise<ShownMessage[]> {
  const pages = await Promise.all(queues.map((queue) => store.readMessages(queue, { state: "dead", limit })));
  return pages.flat().map(show);
}

function show({ queue, sequence, attempts, failure, text }: Message): ShownMessage {
  return { queue, sequence, attempts, failure, message: JSON.parse(text) };
}

function render(
  queues: readonly MessageQueue[],
  dead: readonly ShownMessage[],
  { retry, drop }: EventsOptions,
  changed: number,
): string {
  if (queues.length === 0) return "There is nothing, and there never was.\n";
  const tables = queues.map(({ name, waiting, dead: givenUp, dropped }) => {
    const table = renderTable([
      ["waiting", waiting],
      ["given up", givenUp],
      ["lost because the queue was full", dropped],
    ]);
    return `${name}\n\n${table}\n`;
  });
  const messages = dead.map(
    ({ queue, sequence, attempts, failure = "", message }) =>
      `${queue}  ${sequence}  ${attempts} attempts  ${showName(failure)}\n  ${showName(JSON.stringify(message))}\n`,
  );
  const outcome = retry ? `${changed} messages are tried again.\n` : drop ? `${changed} messages were removed.\n` : "";
  return `${tables.join("\n")}${messages.join("")}${outcome}`;
}
