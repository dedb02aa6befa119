// The files of the AWS command line: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CliError } from "../command/cli-error.ts";
import type { S3Credentials } from "./s3-endpoint.ts";

/** What a profile says of S3. */
export type AwsProfile = {
  readonly name: string;
  readonly credentials: S3Credentials | undefined;
  readonly region: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly isVirtual: boolean | undefined;
  /** It gets its keys in a way that is not known here: `role_arn`. */
  readonly needs: string | undefined;
};

/** A section; indented lines below `s3 =` are `s3.name`. */
type Section = Readonly<Record<string, string>>;

const foreignSources = [
  "role_arn",
  "sso_session",
  "sso_start_url",
  "credential_process",
  "web_identity_token_file",
  "login_session",
];

/** Undefined when neither file has it. Throws `Usage` for a file that cannot be read. */
export async function readAwsProfile(name: string, environment: NodeJS.ProcessEnv): Promise<AwsProfile | undefined> {
  const directory = join(environment.HOME || homedir(), ".aws");
  const { AWS_CONFIG_FILE: configFile, AWS_SHARED_CREDENTIALS_FILE: credentialsFile } = environment;
  const config = await readIni(configFile || join(directory, "config"));
  const shared = await readIni(credentialsFile || join(directory, "credentials"));
  const settings = config.get(name === "default" ? "default" : `profile ${name}`) ?? config.get(`profile ${name}`);
  const secrets = shared.get(name);
  if (settings === undefined && secrets === undefined) return undefined;
  const found: Section = { ...settings, ...secrets };
  const services = found.services === undefined ? undefined : config.get(`services ${found.services}`);
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = found;
  const style = found["s3.addressing_style"];
  return {
    name,
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined
        ? undefined
        : { accessKeyId, secretAccessKey, sessionToken: found.aws_session_token },
    region: found.region,
    endpointUrl: services?.["s3.endpoint_url"] ?? found["s3.endpoint_url"] ?? found.endpoint_url,
    isVirtual: style === undefined || style === "auto" ? undefined : style === "virtual",
    needs: foreignSources.find((source) => found[source] !== undefined),
  };
}

async function readIni(file: string): Promise<ReadonlyMap<string, Section>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return new Map();
    throw new CliError("Usage", `Cannot read ${file}.`, { cause: error, why: String(error) });
  }
  return parseIni(text);
}

export function parseIni(text: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Record<string, string>>();
  let section: Record<string, string> | undefined;
  let above = "";
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const head = /^\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (head !== undefined) {
      const name = head.replaceAll(/\s+/g, " ").replaceAll(/["']/g, "");
      section = sections.get(name) ?? Object.create(null);
      sections.set(name, section ?? {});
      above = "";
      continue;
    }
    const [, indent = "", key = "", value = ""] = /^(\s*)([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === undefined || key === "") continue;
    if (indent === "") above = value === "" ? key : "";
    if (value === "") continue;
    section[indent !== "" && above !== "" ? `${above}.${key}` : key] = value.replace(/\s+[#;].*$/, "");
  }
  return sections;
}
