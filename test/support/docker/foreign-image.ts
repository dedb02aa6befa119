import type { Image } from "../../../scripts/image/image-archive.ts";
import type { ImageLayer } from "../../../scripts/image/image-layer.ts";

const isArm = process.arch === "arm64";

/** An image whose containers this machine cannot run. */
export function foreignImage(reference: string, layer: ImageLayer): Image {
  return {
    reference,
    layers: [layer],
    architecture: isArm ? "amd64" : "arm64",
    settings: { Entrypoint: ["/server"], ExposedPorts: { "9000/tcp": {} }, Volumes: { "/data": {} } },
  };
}

/** The smallest program of another processor: it ends with 1 where an emulator runs it. */
export function foreignProgram(): Buffer {
  const code = Buffer.from(isArm ? "bf01000000b83c0000000f05" : "200080d2a80b80d2010000d4", "hex");
  const [fileHeaderBytes, programHeaderBytes, address] = [64, 56, 0x400000n];
  const start = fileHeaderBytes + programHeaderBytes;
  const program = Buffer.alloc(start + code.length);
  program.write("\x7fELF\x02\x01\x01", "latin1"); // 64 bits, little endian
  program.writeUInt16LE(2, 16); // an executable
  program.writeUInt16LE(isArm ? 62 : 183, 18); // x86-64, or AArch64
  program.writeUInt32LE(1, 20);
  program.writeBigUInt64LE(address + BigInt(start), 24);
  program.writeBigUInt64LE(BigInt(fileHeaderBytes), 32);
  program.writeUInt16LE(fileHeaderBytes, 52);
  program.writeUInt16LE(programHeaderBytes, 54);
  program.writeUInt16LE(1, 56);
  program.writeUInt32LE(1, 64); // to be loaded,
  program.writeUInt32LE(5, 68); // readable and executable
  program.writeBigUInt64LE(address, 80);
  program.writeBigUInt64LE(address, 88);
  program.writeBigUInt64LE(BigInt(program.length), 96);
  program.writeBigUInt64LE(BigInt(program.length), 104);
  program.writeBigUInt64LE(0x10000n, 112);
  code.copy(program, start);
  return program;
}
