import { serviceParameterChanges, serviceParameters, z } from "@stave/api-contract";
import type { ServiceEngine } from "@stave/control-database";

type ParameterSchema = { readonly type: "object"; readonly readonly: string[]; readonly [name: string]: unknown };

/** JSON Schema of what a service is made from; `readonly` are those that stay as they were. */
export function parameterSchema(engine: ServiceEngine): ParameterSchema {
  const { properties = {}, ...schema } = z.toJSONSchema(serviceParameters[engine], { io: "input" });
  const changeable = changeableParameters(engine);
  const readonly = Object.keys(properties).filter((name) => !changeable.includes(name));
  return { ...schema, type: "object", properties, required: schema.required ?? [], readonly };
}

export function changeableParameters(engine: ServiceEngine): readonly string[] {
  return Object.keys(serviceParameterChanges[engine].shape);
}
