// The tar format, as POSIX 1003.1-2001 has it: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13
import { readFileSync } from "node:fs";

type TarContent =
  | { readonly kind: "file"; readonly content: Buffer; readonly isExecutable?: boolean }
  | { readonly kind: "copy"; readonly from: string; readonly isExecutable?: boolean }
  | { readonly kind: "folder"; readonly mode?: number }
  | { readonly kind: "link"; readonly target: string };

/** A file, folder or symbolic link of an archive; `path` without a leading slash. */
export type TarEntry = TarContent & {
  readonly path: string;
  /** User and group. @default 0 */
  readonly owner?: number;
};

const blockBytes = 512;
const typeOf = { file: "0", copy: "0", link: "2", folder: "5", pax: "x" };

/** The same entries make the same bytes: nothing of this machine, its users or its clock gets into an archive. */
export function* writeTar(entries: Iterable<TarEntry>): Generator<Buffer> {
  for (const entry of entries) {
    const content = contentOf(entry);
    yield* tarHead(entry, content.length);
    yield* padded(content);
  }
  yield tarEnd;
}

export const tarEnd = Buffer.alloc(2 * blockBytes);

function contentOf(entry: TarEntry): Buffer {
  if (entry.kind === "copy") return readFileSync(entry.from);
  return entry.kind === "file" ? entry.content : Buffer.alloc(0);
}

/** What stands before the bytes of an entry. */
export function* tarHead(entry: TarEntry, sizeBytes: number): Generator<Buffer> {
  const { kind, path, owner = 0 } = entry;
  const target = entry.kind === "link" ? entry.target : "";
  if (Buffer.byteLength(path) > 100 || Buffer.byteLength(target) > 100) {
    const records = paxRecord("path", path) + (target === "" ? "" : paxRecord("linkpath", target));
    const bytes = Buffer.from(records);
    yield block({ type: typeOf.pax, path: "long-name", mode: 0o644, owner: 0, target: "", sizeBytes: bytes.length });
    yield* padded(bytes);
  }
  yield block({ type: typeOf[kind], path, mode: modeOf(entry), owner, target, sizeBytes });
}

/** Fills the last block of an entry. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

function* padded(bytes: Buffer): Generator<Buffer> {
  yield bytes;
  yield tarPadding(bytes.length);
}

function modeOf(entry: TarEntry): number {
  if (entry.kind === "link") return 0o777;
  if (entry.kind === "folder") return entry.mode ?? 0o755;
  return entry.isExecutable === true ? 0o755 : 0o644;
}

type Header = {
  readonly type: string;
  readonly path: string;
  readonly mode: number;
  readonly owner: number;
  readonly target: string;
  readonly sizeBytes: number;
};

function block({ type, path, mode, owner, target, sizeBytes }: Header): Buffer {
  const header = Buffer.alloc(blockBytes);
  const number = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, "0"), at);
  header.write(path, 0, 100);
  number(mode, 100, 8);
  number(owner, 108, 8);
  number(owner, 116, 8);
  number(sizeBytes, 124, 12);
  number(0, 136, 12);
  header.fill(" ", 148, 156); // a checksum counts itself as blanks
  header.write(type, 156);
  header.write(target, 157, 100);
  header.write("ustar\x0000", 257);
  number(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return header;
}

/** `LENGTH NAME=VALUE\n`, where the length counts its own digits. */
function paxRecord(name: string, value: string): string {
  const rest = Buffer.byteLength(` ${name}=${value}\n`);
  let length = rest + 1;
  while (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${name}=${value}\n`;
}
