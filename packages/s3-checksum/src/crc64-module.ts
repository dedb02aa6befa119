// WebAssembly, binary format: https://webassembly.github.io/spec/core/binary/index.html
// Written here rather than compiled: one function, and no other tool than Node to build it.

/** Where the module expects things in its memory. */
export const layout = {
  /** Row `r`, column `b`, eight bytes each: the register after byte `b` and `r` zero bytes. */
  stepTables: 0,
  /** Row `r`, column `b`: a register with byte `b` at place `r`, after {@link laneBytes} zero bytes. */
  shiftTables: 16 * 1024,
  data: 32 * 1024,
  dataBytes: 256 * 1024,
} as const;

/**
 * The bytes are read in four lanes side by side, whose registers are put together at the end of each block. A CRC of one lane waits
 * for memory eight bytes at a time; four waits at once take the time of one and a half. More lanes need more registers than there are.
 */
export const laneBytes = 1024;
const lanes = 4;
const blockBytes = lanes * laneBytes;

/** `update(address, length, register)` returns the register after these bytes; `memory` is laid out as above. */
export function writeCrc64Module(): Uint8Array<ArrayBuffer> {
  const pages = Math.ceil((layout.data + layout.dataBytes) / 65_536);
  const locals = [
    [1, type.i32],
    [lanes, type.i64],
  ];
  const code = [...vector(locals), ...writeBody()];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [[0x60, ...vector([[type.i32], [type.i32], [type.i64]]), ...vector([[type.i64]])]]),
    ...section(3, [[0]]),
    ...section(5, [[0x00, ...unsigned(pages)]]),
    ...section(7, [
      [...name("memory"), 0x02, 0],
      [...name("update"), 0x00, 0],
    ]),
    ...section(10, [[...unsigned(code.length), ...code]]),
  ]);
}

type Bytes = readonly number[];

const type = { i32: 0x7f, i64: 0x7e };
const op = {
  if: [0x04, 0x40],
  loop: [0x03, 0x40],
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  wrap: 0xa7,
  i32: {
    add: 0x6a,
    and: 0x71,
    loadByte: [0x2d, 0, 0],
    notEqual: 0x47,
    atLeast: 0x4f,
    shiftLeft: 0x74,
    sub: 0x6b,
    xor: 0x73,
  },
  i64: { shiftLeft: 0x86, shiftRight: 0x88, xor: 0x85 },
} as const;

const address = 0;
const length = 1;
const register = 2;
const laneEnd = 3;
const lane = (index: number): number => 4 + index;

function writeBody(): Bytes {
  return [
    ...whileAtLeast(blockBytes, writeBlock()),
    ...whileAtLeast(8, [
      ...[...get(register), ...get(address), ...load64(0), op.i64.xor, ...set(register)],
      ...[...lookUp(register, stepRow), ...set(register)],
      ...advance(8),
      ...shorten(8),
    ]),
    ...whileAtLeast(1, [
      ...[...get(register), ...i64(8), op.i64.shiftRight],
      ...[...get(register), op.wrap, ...get(address), ...op.i32.loadByte, op.i32.xor],
      ...[
        ...i32(255),
        op.i32.and,
        ...i32(3),
        op.i32.shiftLeft,
        ...load64(layout.stepTables),
        op.i64.xor,
        ...set(register),
      ],
      ...advance(1),
      ...shorten(1),
    ]),
    ...get(register),
    op.end,
  ];
}

function writeBlock(): Bytes {
  const all = Array.from({ length: lanes }, (_, index) => index);
  const others = all.slice(1);
  return [
    ...[...get(register), ...set(lane(0))],
    ...others.flatMap((index) => [...i64(0), ...set(lane(index))]),
    ...[...get(address), ...i32(laneBytes), op.i32.add, ...set(laneEnd)],
    ...op.loop,
    ...all.flatMap((index) => [
      ...[...get(lane(index)), ...get(address), ...load64(index * laneBytes), op.i64.xor, ...set(lane(index))],
    ]),
    ...all.flatMap((index) => [...lookUp(lane(index), stepRow), ...set(lane(index))]),
    ...advance(8),
    ...[...get(address), ...get(laneEnd), op.i32.notEqual, op.branchIf, 0],
    op.end,
    ...[...get(lane(0)), ...set(register)],
    ...others.flatMap((index) => [
      ...[...lookUp(register, shiftRow), ...get(lane(index)), op.i64.xor, ...set(register)],
    ]),
    ...advance(blockBytes - laneBytes),
    ...shorten(blockBytes),
  ];
}

const rowBytes = 256 * 8;
const stepRow = (place: number): number => layout.stepTables + (7 - place) * rowBytes;
const shiftRow = (place: number): number => layout.shiftTables + place * rowBytes;

/** The sum of one entry for each byte of a local, from the row for its place. */
function lookUp(local: number, row: (place: number) => number): Bytes {
  const places = [0, 1, 2, 3, 4, 5, 6, 7];
  return places.flatMap((place) => [
    ...get(local),
    // To the byte, times the eight bytes of an entry.
    ...(place === 0 ? [...i64(3), op.i64.shiftLeft] : [...i64(8 * place - 3), op.i64.shiftRight]),
    ...[op.wrap, ...i32(255 * 8), op.i32.and, ...load64(row(place))],
    ...(place === 0 ? [] : [op.i64.xor]),
  ]);
}

function whileAtLeast(bytes: number, body: Bytes): Bytes {
  return [
    ...op.loop,
    ...[...get(length), ...i32(bytes), op.i32.atLeast, ...op.if],
    ...body,
    ...[op.branch, 1, op.end],
    op.end,
  ];
}

function advance(bytes: number): Bytes {
  return [...get(address), ...i32(bytes), op.i32.add, ...set(address)];
}

function shorten(bytes: number): Bytes {
  return [...get(length), ...i32(bytes), op.i32.sub, ...set(length)];
}

function get(local: number): Bytes {
  return [0x20, local];
}

function set(local: number): Bytes {
  return [0x21, local];
}

function load64(offset: number): Bytes {
  return [0x29, 0, ...unsigned(offset)];
}

function i32(value: number): Bytes {
  return [0x41, ...signed(value)];
}

function i64(value: number): Bytes {
  return [0x42, ...signed(value)];
}

function section(id: number, items: readonly Bytes[]): Bytes {
  const content = vector(items);
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Bytes[]): Bytes {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): Bytes {
  return [...unsigned(text.length), ...Buffer.from(text)];
}

/** LEB128. */
function unsigned(value: number): Bytes {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128 of a number that is not negative: a last byte of 0x40 and more would make it so. */
function signed(value: number): Bytes {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
