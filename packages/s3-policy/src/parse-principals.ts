// Principals: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
import type { Principal } from "./policy.ts";
import { malformed } from "./policy-error.ts";
import type { JsonValue } from "./read-json.ts";

/** Reads a `Principal` element. Who the names are is not looked at: accounts may come later than the policy. */
export function parsePrincipals(value: JsonValue): readonly Principal[] {
  if (value === "*") return [{ kind: "anyone" }];
  if (!(value instanceof Map) || value.size === 0) throw malformed("Invalid policy syntax: Principal");
  return [...value].flatMap(([type, names]) => {
    const read = readers.get(type);
    if (read === undefined) throw malformed("Invalid principal in policy");
    const list = Array.isArray(names) ? names : [names];
    if (list.length === 0) throw malformed("Invalid principal in policy");
    return list.map((name) => {
      if (typeof name !== "string") throw malformed("Invalid principal in policy");
      return read(name);
    });
  });
}

const readers: ReadonlyMap<string, (name: string) => Principal> = new Map([
  ["AWS", readAws],
  ["CanonicalUser", (id: string): Principal => ({ kind: "canonicalUser", id: checkName(id) })],
  ["Service", (service: string): Principal => ({ kind: "service", service: checkName(service) })],
  ["Federated", (provider: string): Principal => ({ kind: "federated", provider: checkName(provider) })],
]);

const arnPrefix = "arn:aws:iam::";

function readAws(name: string): Principal {
  if (name === "*") return { kind: "anyone" };
  checkName(name);
  if (!name.startsWith("arn:")) {
    if (!/^[\w.@-]{1,128}$/.test(name)) throw malformed("Invalid principal in policy");
    return { kind: "account", accountId: name };
  }
  const [, accountId, entity = ""] = name.startsWith(arnPrefix)
    ? (/^([^/]{1,128}):(root|(?:user|role)\/.+)$/.exec(name.slice(arnPrefix.length)) ?? [])
    : [];
  if (accountId === undefined) throw malformed("Invalid principal in policy");
  return entity === "root" ? { kind: "account", accountId } : { kind: "arn", arn: name };
}

/** Wildcards in a part of a name do nothing on AWS; taken literally they would look as if they did. */
function checkName(name: string): string {
  if (name === "" || name.length > 2048 || /[*?]|\$\{/.test(name)) throw malformed("Invalid principal in policy");
  return name;
}
