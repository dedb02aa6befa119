import { createReadStream } from "node:fs";
import { addAbortSignal, type Readable } from "node:stream";
import { CliError } from "../../../command/cli-error.ts";
import type { SettingPath } from "./bucket-setting.ts";
import { isAwsDocument, toSetting } from "./from-aws.ts";
import { readXmlSetting } from "./from-xml.ts";

/** More than any setting may be: S3 takes 1,000 rules, and 20 KiB of policy. */
const maxBytes = 4 * 1024 ** 2;

type Source = { readonly stdin: Readable; readonly signal: AbortSignal };

/** A setting as the API takes it, from a file, or from stdin for `-`: JSON as `get` shows it, JSON as the AWS CLI takes it, or the XML of S3. */
export async function readConfiguration(path: SettingPath, file: string, source: Source): Promise<unknown> {
  const name = file === "-" ? "stdin" : file;
  const text = await readText(file, source);
  if (text.trimStart().startsWith("<")) return readXmlSetting(path, text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError("Usage", `${name} is no JSON, nor XML.`, {
      why: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
  return isAwsDocument(path, value) ? toSetting(path, value) : value;
}

async function readText(file: string, { stdin, signal }: Source): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of addAbortSignal(signal, file === "-" ? stdin : createReadStream(file))) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxBytes) break;
      chunks.push(bytes);
    }
    if (size <= maxBytes) return new TextDecoder("utf8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new CliError("Usage", `Cannot read ${file === "-" ? "stdin" : file}.`, {
      why: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
  throw new CliError("Usage", `${file === "-" ? "stdin" : file} is larger than 4 MiB: no setting is.`);
}
