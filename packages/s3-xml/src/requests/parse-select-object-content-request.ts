// SelectObjectContent: https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html
import { malformedXml } from "../xml-error.ts";
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import {
  checkMembers,
  omitUndefined,
  optionalBoolean,
  optionalChild,
  optionalInteger,
  optionalWord,
  requiredChild,
  requiredWord,
} from "./typed-members.ts";
import { childElements, leafText, requiredText, type XmlElement } from "./xml-element.ts";

/** A serialization: its settings are by element name (`FieldDelimiter`) and as sent, the caller's to check. */
export type SelectFormat<Name extends string> = {
  readonly format: Name;
  readonly settings: Readonly<Record<string, string>>;
};

/** A query over one object. */
export type SelectObjectContentRequest = {
  readonly expression: string;
  readonly expressionType: "SQL";
  readonly requestProgress?: boolean | undefined;
  readonly compressionType?: "NONE" | "GZIP" | "BZIP2" | undefined;
  readonly input: SelectFormat<"CSV" | "JSON" | "Parquet">;
  readonly output: SelectFormat<"CSV" | "JSON">;
  /** Bytes. */
  readonly scanRange?: { readonly start?: number | undefined; readonly end?: number | undefined } | undefined;
};

/**
 * Reads the body of SelectObjectContent.
 *
 * Throws `MalformedXML`, also for a missing expression, other than one format each way, a compression that S3 does not
 * have and an expression of more than 16,384 characters (S3 has 256 KiB), and `MaxMessageLengthExceeded`.
 */
export function parseSelectObjectContentRequest(xml: Uint8Array, options?: ParseOptions): SelectObjectContentRequest {
  const root = readConfiguration(xml, { ...options, root: "SelectObjectContentRequest" });
  checkMembers(root, requestMembers);
  const progress = optionalChild(root, "RequestProgress");
  const input = requiredChild(root, "InputSerialization");
  const scanRange = optionalChild(root, "ScanRange");
  return omitUndefined({
    expression: requiredText(root, "Expression"),
    expressionType: requiredWord(root, "ExpressionType", ["SQL"]),
    requestProgress: progress && readProgress(progress),
    compressionType: optionalWord(input, "CompressionType", ["NONE", "GZIP", "BZIP2"]),
    input: readFormat(input, ["CSV", "JSON", "Parquet"]),
    output: readFormat(requiredChild(root, "OutputSerialization"), ["CSV", "JSON"]),
    scanRange: scanRange && readScanRange(scanRange),
  });
}

const requestMembers = [
  "Expression",
  "ExpressionType",
  "RequestProgress",
  "InputSerialization",
  "OutputSerialization",
  "ScanRange",
];

function readProgress(progress: XmlElement): boolean | undefined {
  checkMembers(progress, ["Enabled"]);
  return optionalBoolean(progress, "Enabled");
}

function readFormat<Name extends string>(serialization: XmlElement, names: readonly Name[]): SelectFormat<Name> {
  const isInput = serialization.name === "InputSerialization";
  checkMembers(serialization, isInput ? [...names, "CompressionType"] : names);
  const formats = names.flatMap((format) => {
    const element = optionalChild(serialization, format);
    return element === undefined ? [] : [{ format, settings: readSettings(element) }];
  });
  const [format, ...others] = formats;
  if (format === undefined || others.length > 0) throw malformedXml(`Expected one format in ${serialization.name}`);
  return format;
}

function readSettings(format: XmlElement): Readonly<Record<string, string>> {
  const settings = new Map<string, string>();
  for (const child of childElements(format)) {
    if (settings.has(child.name)) throw malformedXml(`Expected one ${child.name} in ${format.name}`);
    settings.set(child.name, leafText(child));
  }
  return Object.fromEntries(settings);
}

function readScanRange(range: XmlElement): NonNullable<SelectObjectContentRequest["scanRange"]> {
  checkMembers(range, ["Start", "End"]);
  return omitUndefined({ start: optionalInteger(range, "Start"), end: optionalInteger(range, "End") });
}
