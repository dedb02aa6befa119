import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { HarnessError } from "../harness-error.ts";
import { integer, newSeed, notEmpty, oneOf, parseArguments } from "../option-values.ts";
import { type Filesystem, filesystems } from "../requirements.ts";

export type PowercutOptions = {
  /** Undefined: this repository's gateway. */
  readonly start: string | undefined;
  readonly bucketSetup: string | undefined;
  readonly filesystems: readonly Filesystem[];
  /** Of each file system. */
  readonly cuts: number;
  readonly seed: number;
  readonly writers: number;
  readonly region: string;
  readonly startupSeconds: number;
  readonly withoutFlush: boolean;
  readonly control: boolean;
  readonly imageMib: number;
  readonly workDirectory: string;
  readonly json: string | undefined;
};

/** commander leaves these out when they are not given. */
type Optional = "start" | "bucketSetup" | "json";

/** What the arguments say, or the help text that was asked for. Throws a {@link HarnessError} with the code `usage`. */
export function readOptions(args: readonly string[]): PowercutOptions | { readonly help: string } {
  const command = createCommand();
  const asked = parseArguments(command, args);
  if (asked !== undefined) return asked;
  const { filesystem, workDir, ...options } = command.opts();
  if (options.control && options.withoutFlush) {
    throw new HarnessError("usage", "Expected --control or --without-flush, got both: they prove opposite things.");
  }
  return {
    start: undefined,
    bucketSetup: undefined,
    json: undefined,
    ...(options as Omit<PowercutOptions, "filesystems" | "workDirectory" | Optional>),
    filesystems: filesystem === "all" ? filesystems : [filesystem as Filesystem],
    workDirectory: resolve(workDir),
  };
}

function createCommand(): Command {
  return new Command("powercut")
    .description(
      "Cuts the power of an S3 server under load, again and again, and says which acknowledged writes did not survive.\n" +
        "Linux, as root. Exit codes: 0 nothing found, 1 something found or too little judged, 2 it could not run, 3 a control\n" +
        "came out wrong, so that the harness says nothing about this server.",
    )
    .helpOption("-h, --help", "show this text")
    .allowExcessArguments(false)
    .option(
      "--start <cmd>",
      "shell command of the server, with {data} {port} {accessKey} {secretKey} {region} (default: Stave's gateway)",
      command,
    )
    .option("--bucket-setup <cmd>", "run for each bucket instead of CreateBucket, with {bucket} as well", notEmpty)
    .option("--filesystem <name>", "ext4, xfs, btrfs or all", oneOf([...filesystems, "all"]), "ext4")
    .option("--cuts <n>", "of each file system", integer(1, 100_000), 20)
    .option("--seed <n>", "of sizes, operations and moments (default: a new one)", integer(0, 2 ** 31 - 1), newSeed())
    .option("--writers <n>", "operations at a time", integer(1, 256), 8)
    .option("--region <name>", "that requests are signed for", notEmpty, "us-east-1")
    .option("--startup-seconds <n>", "how long the server may take to start", integer(1, 3600), 60)
    .option("--without-flush", "negative control: the server's flushes do nothing, so losses must be found", false)
    .option("--control", "writers finish and all is flushed before each cut, so nothing may be lost", false)
    .option("--image-mib <n>", "size of the disk", integer(512, 1_000_000), 2048)
    .option("--work-dir <dir>", "where the images are", notEmpty, join(tmpdir(), "stave-powercut"))
    .option("--json <file>", "write the result as JSON as well", notEmpty);
}

/** Without these two a second server could not run beside the first, on other data. */
function command(text: string): string {
  if (text.includes("{data}") && text.includes("{port}")) return text;
  throw new InvalidArgumentError("Expected a command with {data} and {port} in it.");
}
