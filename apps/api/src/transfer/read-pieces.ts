/** The bytes in pieces of one size, and the rest. At most one piece is held, plus the chunk that came last. */
export async function* readPieces(
  body: AsyncIterable<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Buffer, undefined> {
  let chunks: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of body) {
    for (let offset = 0; offset < chunk.length; ) {
      const taken = chunk.subarray(offset, offset + pieceBytes - heldBytes);
      chunks.push(taken);
      heldBytes += taken.length;
      offset += taken.length;
      if (heldBytes < pieceBytes) continue;
      yield Buffer.concat(chunks);
      chunks = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(chunks);
}
