import { createCipheriv, createHash } from "node:crypto";

/** Which bytes a body has. They follow from the seed and from this alone, so nothing that was written has to be kept. */
export type Content = {
  /** `bucket/key` of the operation that wrote the bytes first; a copy has those of its source. */
  readonly name: string;
  readonly operation: number;
  readonly sizeBytes: number;
};

/** The distance between two labels in a body: the smallest unit that disks and file systems tear. */
const recordBytes = 512;
const labelPattern = /<([^<>#]+)#(\d+)@(\d+)>/;

/** The bytes: noise that no compression shrinks, with a label at every 512th byte that says whose bytes these are. */
export function bodyOf(seed: number, { name, operation, sizeBytes }: Content): Buffer {
  const key = createHash("sha256").update(`${seed}\n${name}\n${operation}`).digest();
  const body = createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
  for (let offset = 0; offset < sizeBytes; offset += recordBytes) {
    const label = `<${name}#${operation}@${offset}>`;
    if (offset + label.length <= sizeBytes) body.write(label, offset, "latin1");
  }
  return body;
}

/** What is wrong with a body that is none of the expected ones. */
export type BodyFault = {
  /** `foreign`: no byte of it was ever written under this seed, as far as one can tell. */
  readonly kind: "torn" | "foreign";
  readonly text: string;
};

/** Names the fault of a body: cut short, zeros inside, another operation's bytes, or nobody's. */
export function explainBody(
  body: Buffer,
  { seed, expected }: { readonly seed: number; readonly expected: readonly Content[] },
): BodyFault {
  if (body.length > 0 && isZero(body)) return { kind: "torn", text: `all ${body.length} bytes are zero` };
  const closest = findClosest(body, { seed, expected });
  if (closest !== undefined && closest.same === body.length) {
    const { same, content } = closest;
    return { kind: "torn", text: `only the first ${same} of ${content.sizeBytes} bytes of ${describe(content)}` };
  }
  const owner = readLabel(body, 0);
  if (owner !== undefined && bodyOf(seed, { ...owner, sizeBytes: body.length }).equals(body)) {
    return { kind: "torn", text: `holds ${describe(owner)}` };
  }
  // Fewer than 16 bytes are the same by chance, or because a label begins like any other.
  if (closest === undefined || (closest.same < 16 && readAnyLabel(body) === undefined)) {
    return { kind: "foreign", text: `${body.length} bytes that nobody wrote` };
  }
  return { kind: "torn", text: nameBreak(body, closest) };
}

/** The expected body that begins most like this one; of several, the one written last. */
function findClosest(
  body: Buffer,
  { seed, expected }: { readonly seed: number; readonly expected: readonly Content[] },
): { readonly content: Content; readonly same: number } | undefined {
  let closest: { content: Content; same: number } | undefined;
  for (const content of expected) {
    const same = commonPrefix(bodyOf(seed, content), body);
    if (closest === undefined || same >= closest.same) closest = { content, same };
  }
  return closest;
}

function describe({ name, operation }: Pick<Content, "name" | "operation">): string {
  return `operation ${operation} of ${name}`;
}

/** Where the body stops being what it begins as, and what follows. */
function nameBreak(body: Buffer, { content, same }: { readonly content: Content; readonly same: number }): string {
  const rest = body.subarray(same);
  const firstByte = rest.findIndex((byte) => byte !== 0);
  const zeros = firstByte === -1 ? rest.length : firstByte;
  if (zeros >= 16) return `${describe(content)} up to byte ${same}, then ${zeros} zeros`;
  // Two labels begin alike, so the break is where the record begins that has another owner.
  const start = Math.floor(same / recordBytes) * recordBytes;
  for (const boundary of [start, start + recordBytes]) {
    const owner = readLabel(body, boundary);
    if (owner === undefined || (owner.name === content.name && owner.operation === content.operation)) continue;
    return `${describe(content)} up to byte ${boundary === start ? start : same}, then bytes of ${describe(owner)}`;
  }
  return `${describe(content)} up to byte ${same}, then other bytes`;
}

function readAnyLabel(body: Buffer): Pick<Content, "name" | "operation"> | undefined {
  for (let offset = 0; offset < body.length; offset += recordBytes) {
    const label = readLabel(body, offset);
    if (label !== undefined) return label;
  }
  return undefined;
}

function readLabel(body: Buffer, offset: number): Pick<Content, "name" | "operation"> | undefined {
  const match = labelPattern.exec(body.toString("latin1", offset, offset + recordBytes));
  if (match?.index !== 0) return undefined;
  const [, name = "", operation = ""] = match;
  return { name, operation: Number(operation) };
}

function isZero(body: Buffer): boolean {
  return body.every((byte) => byte === 0);
}

function commonPrefix(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  let same = 0;
  // Whole blocks first: `equals` is native, and most of a long body is the same.
  while (same + 4096 <= length && a.subarray(same, same + 4096).equals(b.subarray(same, same + 4096))) same += 4096;
  while (same < length && a[same] === b[same]) same += 1;
  return same;
}
