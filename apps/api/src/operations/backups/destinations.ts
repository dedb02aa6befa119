import type { BackupDestinationRecord } from "@stave/control-database";
import type { BackupStore } from "../../backups/backup-store.ts";
import { openDestination, openLocal, openS3, s3SettingsOf } from "../../backups/open-destination.ts";
import { tryDestination } from "../../backups/try-destination.ts";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { etagOf, requireRevision } from "../../http/require-revision.ts";
import { readCursor, toPage } from "./page.ts";
import { showDestination } from "./show.ts";

type Operations = Pick<
  Handlers,
  | "listBackupDestinations"
  | "createBackupDestination"
  | "getBackupDestination"
  | "updateBackupDestination"
  | "testBackupDestination"
  | "deleteBackupDestination"
>;

export function destinationOperations(context: OperationContext): Operations {
  const { database, vault } = context;
  const { backupDestinations: reading } = database.as("system");
  const find = async (id: string): Promise<BackupDestinationRecord> => {
    const destination = await reading.find(id);
    if (destination === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such destination." });
    return destination;
  };
  const answer = (destination: BackupDestinationRecord) => ({
    headers: { etag: etagOf(destination.revision) },
    body: { data: showDestination(destination) },
  });

  return {
    async listBackupDestinations({ query: { limit, cursor } }) {
      const found = await reading.list({ after: readCursor(cursor), limit: limit + 1 });
      return { status: 200, body: toPage(found, limit, showDestination) };
    },
    async createBackupDestination({ caller, body }) {
      const { backupDestinations } = database.as(caller.actor);
      if (body.kind === "local") {
        const { kind, name, directory } = body;
        await tryAndClose(await openLocal(context, { directory }));
        const made = await orProblem(backupDestinations.insert({ kind, name, settings: { directory } }));
        return created(answer(made));
      }
      const { kind, name, secretAccessKey, prefix, ...rest } = body;
      const settings = { ...rest, ...(prefix !== undefined && { prefix }) };
      await tryAndClose(openS3(context, settings, secretAccessKey));
      const seal = (id: string) => vault.seal(secretAccessKey, backupDestinations.contextOf(id));
      return created(answer(await orProblem(backupDestinations.insert({ kind, name, settings }, { seal }))));
    },
    getBackupDestination: async ({ params }) => ({ status: 200, ...answer(await find(params.id)) }),
    async updateBackupDestination({ caller, params, message, body: { name, secretAccessKey, ...changes } }) {
      const before = await find(params.id);
      requireRevision(message, before.revision);
      const { backupDestinations } = database.as(caller.actor);
      const isReached = secretAccessKey !== undefined || Object.keys(changes).length > 0;
      if (isReached && before.kind === "local") {
        throw new Problem("INVALID_REQUEST", { detail: "Of a directory only the name can be changed." });
      }
      const settings = isReached ? s3SettingsOf({ settings: { ...before.settings, ...changes } }) : undefined;
      if (settings !== undefined) {
        // A secret goes nowhere but where somebody has sent it for.
        const isElsewhere = settings.endpoint !== before.settings.endpoint;
        if (isElsewhere && secretAccessKey === undefined) {
          const message = "Expected the secret key for another endpoint.";
          const errors = [{ pointer: "/secretAccessKey", code: "required", message }];
          throw new Problem("INVALID_REQUEST", { detail: message, errors });
        }
        const secret = secretAccessKey ?? (await secretOf(context, before));
        await tryAndClose(openS3(context, settings, secret));
      }
      const change = {
        ...(name !== undefined && { name }),
        ...(settings !== undefined && { settings }),
        ...(secretAccessKey !== undefined && {
          secretEnvelope: await vault.seal(secretAccessKey, backupDestinations.contextOf(params.id)),
        }),
      };
      const changed = backupDestinations.change(params.id, change, { ifRevision: before.revision });
      return { status: 200, ...answer(await orProblem(changed)) };
    },
    async testBackupDestination({ params }) {
      await tryAndClose(await openDestination(context, await find(params.id)));
      return { status: 200, body: { data: { works: true } } };
    },
    async deleteBackupDestination({ caller, params }) {
      await orProblem(database.as(caller.actor).backupDestinations.remove(params.id));
      return { status: 204 };
    },
  };
}

function created(answer: {
  readonly headers: { readonly etag: string };
  readonly body: { data: ReturnType<typeof showDestination> };
}) {
  const location = `/api/backups/destinations/${answer.body.data.id}`;
  return { status: 201 as const, headers: { ...answer.headers, location }, body: answer.body };
}

async function tryAndClose(store: BackupStore): Promise<void> {
  try {
    await tryDestination(store);
  } finally {
    store.close();
  }
}

async function secretOf({ database, vault }: OperationContext, { id, secretEnvelope }: BackupDestinationRecord) {
  if (secretEnvelope === undefined) throw new Problem("CONFLICT", { detail: "The destination has no secret key." });
  return await vault.open(secretEnvelope, database.as("system").backupDestinations.contextOf(id));
}
