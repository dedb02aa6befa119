import type { IssuedKeyRecord } from "@stave/control-database";
import { requireEndWithin } from "../auth/end-within.ts";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";
import { findKeyService, findService } from "../keys/find-key-service.ts";
import { type IssuedKey, issueKey, replaceKey } from "../keys/issue-key.ts";
import { nextCursor, readCursor } from "../keys/page-of-keys.ts";
import { readExpiry } from "../keys/read-expiry.ts";
import { readScope, storedScope } from "../keys/read-scope.ts";
import { requireRightsOfKey } from "../keys/require-rights-of-key.ts";
import { findProject, scopeInProject } from "../keys/scope-in-project.ts";
import { showAccessKey } from "../keys/show-access-key.ts";
import { publicEndpoint } from "../services/service-endpoint.ts";

type AccessKeyHandlers = Pick<
  Handlers,
  "getS3Config" | "listAccessKeys" | "createAccessKey" | "rotateAccessKey" | "deleteAccessKey"
>;

export function accessKeyOperations(context: OperationContext): AccessKeyHandlers {
  const { database } = context;
  return {
    async getS3Config({ query }) {
      const service = await findService(context, query.service);
      const { region, status } = service;
      const data = { endpoint: publicEndpoint(context, service), region, available: status === "running" };
      return { status: 200, body: { data } };
    },
    async listAccessKeys({ query }) {
      const { limit, cursor, project } = query;
      const service = await findKeyService(context, query.service);
      const projectId = project === undefined ? undefined : (await findProject(context, service, project)).id;
      const { issuedKeys } = database.as("system");
      const before = readCursor(cursor);
      const page = await issuedKeys.list({ serviceId: service.id, projectId, before, limit: limit + 1 });
      const data = page.slice(0, limit).map(showAccessKey);
      return { status: 200, body: { data, nextCursor: nextCursor(page, limit) } };
    },
    async createAccessKey({ caller, query, body }) {
      const service = await findKeyService(context, query.service);
      const { description, expiresAt, project: name } = body;
      const asked = { project: name, scope: body.scope && readScope(body.scope) };
      const { project, scope } = await scopeInProject(context, service, asked);
      requireRightsOfKey(caller, storedScope(scope));
      const key = {
        ownerId: service.accountId,
        description,
        ...(scope !== undefined && { scope }),
        ...readExpiry(context, caller, expiresAt),
      };
      const purpose = { serviceId: service.id, ...(project !== undefined && { projectId: project.id }) };
      return answerIssued(await issueKey(context, { actor: caller.actor, purpose, key }));
    },
    async rotateAccessKey({ caller, params, body: { graceSeconds } }) {
      const found = await findKey(context, params.id);
      requireRightsOfKey(caller, storedScope(found.key.scope));
      requireEndWithin(caller, found.key.expiresAt);
      return answerIssued(await replaceKey(context, found, { actor: caller.actor, graceSeconds }));
    },
    async deleteAccessKey({ caller, params }) {
      const { id } = await findKey(context, params.id);
      if (!(await database.as(caller.actor).issuedKeys.revoke(id))) throw noKey();
      return { status: 204 };
    },
  };
}

async function findKey({ database }: OperationContext, id: string): Promise<IssuedKeyRecord> {
  const found = await database.as("system").issuedKeys.find(id);
  if (found === undefined || found.bucket !== undefined) throw noKey();
  return found;
}

function noKey(): Problem {
  return new Problem("S3_ACCESS_KEY_NOT_FOUND", { detail: "It was revoked, or never existed." });
}

function answerIssued({ issued, secretAccessKey }: IssuedKey) {
  return { status: 201, body: { data: { ...showAccessKey(issued), secretAccessKey } } } as const;
}
