import type { ControlTables } from "@stave/control-database";
import { compileScope, type Policy, PolicyError, parsePolicy, parseScope, type Scope } from "@stave/s3-policy";

/**
 * What a key is limited to that was stored with a scope. A scope that cannot be read allows nothing: it was meant as a limit, and nobody
 * knows any more as which.
 */
export async function capsOfScope(
  stored: unknown,
  projects: Pick<ControlTables["projects"], "bucketsOf">,
): Promise<readonly Policy[]> {
  if (stored === undefined) return [];
  const scope = readScope(stored);
  if (scope === undefined) return [nothing];
  const { on } = scope;
  const buckets = on !== undefined && "project" in on ? await projects.bucketsOf(on.project) : [];
  return [compileScope(scope, { bucketsOf: () => buckets })];
}

function readScope(stored: unknown): Scope | undefined {
  try {
    return parseScope(stored);
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

const nothing = parsePolicy(
  JSON.stringify({
    Version: "2012-10-17",
    Statement: { Sid: "ScopeUnreadable", Effect: "Deny", Action: "s3:*", Resource: "*" },
  }),
);
