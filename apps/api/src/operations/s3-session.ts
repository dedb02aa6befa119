import { createSessionTokens } from "@stave/credential-vault";
import { type Scope, writeScopePolicy } from "@stave/s3-policy";
import { requireEndWithin } from "../auth/end-within.ts";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";
import { findKeyService } from "../keys/find-key-service.ts";
import { readScope } from "../keys/read-scope.ts";
import { requireRightsOfKey } from "../keys/require-rights-of-key.ts";
import { scopeInProject } from "../keys/scope-in-project.ts";

/** A client sends it with each request, in the session token. */
const maxPolicyLength = 2048;

export function s3SessionOperations(context: OperationContext): Pick<Handlers, "createS3Session"> {
  const { database, vault, now } = context;
  const sessions = createSessionTokens({ vault, store: database.as("system").secrets, now });
  return {
    async createS3Session({ caller, query, body }) {
      const service = await findKeyService(context, query.service);
      const { scope = { access: "full" } } = await scopeInProject(context, service, { scope: readScope(body.scope) });
      requireRightsOfKey(caller, scope);
      const { accessKeyId: parentAccessKeyId } = service;
      if (parentAccessKeyId === undefined) {
        throw new Problem("CONFLICT", { detail: `The service ${service.name} is not set up yet.` });
      }
      const { durationSeconds } = body;
      requireEndWithin(caller, new Date(now().getTime() + durationSeconds * 1000));
      const policy = await policyOf(context, scope);
      const session = await sessions.issue({ parentAccessKeyId, durationSeconds, policy });
      const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = session;
      await database.audit.add({
        actor: caller.actor,
        action: "session:create",
        subject: `service:${service.id}`,
        details: { accessKeyId, scope, expiresAt },
      });
      const data = { accessKeyId, secretAccessKey, sessionToken, expiresAt: expiresAt.toISOString() };
      return { status: 201, body: { data } };
    },
  };
}

/** Of a project, the buckets that it has at this moment. Throws a {@link Problem} for what does not fit into a token. */
async function policyOf({ database }: OperationContext, scope: Scope): Promise<string> {
  const { on } = scope;
  const buckets = on !== undefined && "project" in on ? await database.as("system").projects.bucketsOf(on.project) : [];
  // Tokens hold latin1.
  const policy = writeScopePolicy(scope, { bucketsOf: () => buckets }).replaceAll(
    /[^\0-\xff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  if (policy.length <= maxPolicyLength) return policy;
  throw new Problem("UNPROCESSABLE", {
    detail: "The scope is too long for a session: it names too many buckets or networks, or too long a prefix.",
    nextActions: ["Ask for a session with a narrower scope, or issue an access key with this one."],
  });
}
