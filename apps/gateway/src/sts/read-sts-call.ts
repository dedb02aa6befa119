import { S3Error } from "../errors/s3-error.ts";
import { decodePercent } from "../http/decode-percent.ts";
import { isStsAction, type StsActionName, stsActions } from "./actions.ts";
import type { StsParameters } from "./sts-action.ts";

const apiVersion = "2011-06-15";
const maxParameters = 100;

export type StsCall = { readonly action: StsActionName; readonly parameters: StsParameters };

/** Reads a form. Throws `InvalidAction`, `NotImplemented` for a parameter that the action does not have here, and `ValidationError`. */
export function readStsCall(body: Buffer): StsCall {
  const parameters = readForm(body.toString("latin1"));
  const action = parameters.get("Action") ?? "";
  if (parameters.get("Version") !== apiVersion || !isStsAction(action)) {
    const names = Object.keys(stsActions).join(", ");
    throw new S3Error("InvalidAction", `Could not find that operation. There are, of version ${apiVersion}: ${names}.`);
  }
  for (const name of parameters.keys()) {
    if (name === "Action" || name === "Version" || stsActions[action].parameters.includes(name)) continue;
    throw new S3Error("NotImplemented", `${action} has parameters that are not implemented.`, {
      elements: { ParameterName: name },
    });
  }
  return { action, parameters };
}

function readForm(text: string): StsParameters {
  const parameters = new Map<string, string>();
  const pairs = text.split("&");
  if (pairs.length > maxParameters) throw invalid(`A request has at most ${maxParameters} parameters.`);
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals === -1) throw invalid("Expected a form of names and values.");
    const name = decode(pair.slice(0, equals));
    if (parameters.has(name)) throw invalid("A parameter was given twice.");
    parameters.set(name, decode(pair.slice(equals + 1)));
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodePercent(text.replaceAll("+", " "));
  } catch (cause) {
    throw new S3Error("ValidationError", "Expected UTF-8 in percent-encoding.", { cause });
  }
}

function invalid(message: string): S3Error {
  return new S3Error("ValidationError", message);
}
