// RestoreObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import {
  checkMembers,
  omitUndefined,
  optionalChild,
  optionalInteger,
  optionalWord,
  requiredWord,
} from "./typed-members.ts";
import { childElements, optionalText, type XmlElement } from "./xml-element.ts";

/** How fast an archive is read. */
export type RestoreTier = "Bulk" | "Expedited" | "Standard";

/** What to bring back from an archive. */
export type RestoreRequest = {
  readonly days?: number | undefined;
  /** Of GlacierJobParameters. */
  readonly glacierJobTier?: RestoreTier | undefined;
  readonly tier?: RestoreTier | undefined;
  readonly type?: "SELECT" | undefined;
  readonly description?: string | undefined;
  /** Names of the members of a select restore, which are not read: a server that ignores them restores something else. */
  readonly otherMembers: readonly ("OutputLocation" | "SelectParameters")[];
};

/**
 * Reads the body of RestoreObject, of which an archive alone makes use.
 *
 * Throws `MalformedXML`, also for an unknown tier and type and Days that are no integer, and `MaxMessageLengthExceeded`.
 * Whether Days must be there and their range is the caller's to check.
 */
export function parseRestoreRequest(xml: Uint8Array, options?: ParseOptions): RestoreRequest {
  const root = readConfiguration(xml, { ...options, root: "RestoreRequest" });
  checkMembers(root, ["Days", "GlacierJobParameters", "Tier", "Type", "Description", ...selectMembers]);
  const glacierJob = optionalChild(root, "GlacierJobParameters");
  return omitUndefined({
    days: optionalInteger(root, "Days"),
    glacierJobTier: glacierJob && readGlacierJob(glacierJob),
    tier: optionalWord(root, "Tier", tiers),
    type: optionalWord(root, "Type", ["SELECT"]),
    description: optionalText(root, "Description"),
    otherMembers: selectMembers.filter((name) => childElements(root).some((child) => child.name === name)),
  });
}

const selectMembers = ["OutputLocation", "SelectParameters"] as const;
const tiers = ["Bulk", "Expedited", "Standard"] as const;

function readGlacierJob(job: XmlElement): RestoreTier {
  checkMembers(job, ["Tier"]);
  return requiredWord(job, "Tier", tiers);
}
