// The format of programs: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html

type Machine = "amd64" | "arm64";

const machines: Record<Machine, { readonly id: number; readonly exit1: string; readonly sleep: string }> = {
  // exit(1), and pause() for ever
  amd64: { id: 62, exit1: "bf01000000b83c0000000f05", sleep: "b8220000000f05ebf7" },
  // exit(1), and ppoll(of nothing) for ever
  arm64: {
    id: 183,
    exit1: "200080d2a80b80d2010000d4",
    sleep: "000080d2010080d2020080d2030080d2280980d2010000d4faffff17",
  },
};

const here: Machine = process.arch === "arm64" ? "arm64" : "amd64";
/** Another architecture than that of this machine. */
export const elsewhere: Machine = here === "arm64" ? "amd64" : "arm64";

/** Does nothing, and needs nothing: the whole content of an image. Being the first process of a container, it ends by SIGKILL only. */
export function idleProgram(): Buffer {
  return program(here, machines[here].sleep);
}

/** Cannot run on this machine; where an emulator runs it, it ends with 1. */
export function foreignProgram(): Buffer {
  return program(elsewhere, machines[elsewhere].exit1);
}

function program(machine: Machine, machineCode: string): Buffer {
  const code = Buffer.from(machineCode, "hex");
  const [fileHeaderBytes, programHeaderBytes, address] = [64, 56, 0x400000n];
  const start = fileHeaderBytes + programHeaderBytes;
  const bytes = Buffer.alloc(start + code.length);
  bytes.write("\x7fELF\x02\x01\x01", "latin1"); // 64 bits, little endian
  bytes.writeUInt16LE(2, 16); // an executable
  bytes.writeUInt16LE(machines[machine].id, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(address + BigInt(start), 24);
  bytes.writeBigUInt64LE(BigInt(fileHeaderBytes), 32);
  bytes.writeUInt16LE(fileHeaderBytes, 52);
  bytes.writeUInt16LE(programHeaderBytes, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(1, 64); // to be loaded,
  bytes.writeUInt32LE(5, 68); // readable and executable
  bytes.writeBigUInt64LE(address, 80);
  bytes.writeBigUInt64LE(address, 88);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 96);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 104);
  bytes.writeBigUInt64LE(0x10000n, 112);
  code.copy(bytes, start);
  return bytes;
}
