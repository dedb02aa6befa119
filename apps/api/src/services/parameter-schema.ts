import { serviceParameterChanges, serviceParameters, z } from "@stave/api-contract";
import type { ServiceEngine } from "@stave/control-database";
import { Problem } from "../http/problem.ts";

export type AvailableEngine = keyof typeof serviceParameters;

/** Throws a {@link Problem} for an engine that this version does not have. */
export function requireEngine(engine: ServiceEngine): AvailableEngine {
  if (engine in serviceParameters) return engine as AvailableEngine;
  throw new Problem("NOT_IMPLEMENTED", {
    detail: `Services of engine ${engine} run in containers, and come with the Docker support.`,
    nextActions: ["Use the engine stave, which is built in, or external for a server that you run yourself."],
  });
}

type ParameterSchema = { readonly type: "object"; readonly readonly: string[]; readonly [name: string]: unknown };

/** JSON Schema of what a service is made from; `readonly` are those that stay as they were. */
export function parameterSchema(engine: ServiceEngine): ParameterSchema {
  const available = requireEngine(engine);
  const { properties = {}, ...schema } = z.toJSONSchema(serviceParameters[available], { io: "input" });
  const changeable = changeableParameters(available);
  const readonly = Object.keys(properties).filter((name) => !changeable.includes(name));
  return { ...schema, type: "object", properties, required: schema.required ?? [], readonly };
}

export function changeableParameters(engine: AvailableEngine): readonly string[] {
  return Object.keys(serviceParameterChanges[engine].shape);
}
