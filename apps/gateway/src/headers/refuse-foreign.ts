import { notImplemented } from "../errors/not-implemented.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { renameSourceHeader } from "./rename-source.ts";

const ofAppends = ["x-amz-write-offset-bytes"];
const ofRenames = [renameSourceHeader];
/** Describe a whole object, so that they say nothing about a part of one. */
const ofObjects = [
  "x-amz-tagging",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold",
];

/** On a PUT that does not rename: it would put nothing in the place of what was to be moved there. Throws `NotImplemented`. */
export function refuseRenameSource(headers: RequestHeaders): void {
  refuse(headers, ofRenames);
}

/** On a write that replaces: ignored, it would destroy what was to grow. Throws `NotImplemented`. */
export function refuseWriteOffset(headers: RequestHeaders): void {
  refuse(headers, ofAppends);
}

/** On a part: its sender would believe that the object has them. Throws `NotImplemented`. */
export function refuseObjectHeaders(headers: RequestHeaders): void {
  refuse(headers, ofObjects);
  refuse(headers, ofAppends);
}

function refuse(headers: RequestHeaders, names: readonly string[]): void {
  const header = names.find((name) => headers[name] !== undefined);
  if (header !== undefined) throw notImplemented({ header });
}
