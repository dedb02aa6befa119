import type { Readable } from "node:stream";

/** No document of the engine comes near it. */
const maxLineBytes = 16 * 1024 ** 2;

/** The documents of a stream that has one on each line. Throws what the stream fails with. */
export async function* readJsonLines<T>(stream: Readable): AsyncGenerator<T> {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...kept, chunk.subarray(start, end)]).toString();
      kept = [];
      keptBytes = 0;
      start = end + 1;
      if (line.trim() !== "") yield JSON.parse(line);
    }
    kept.push(chunk.subarray(start));
    keptBytes += chunk.length - start;
    if (keptBytes > maxLineBytes) throw new Error("The engine sent a line without an end.");
  }
  const rest = Buffer.concat(kept).toString();
  if (rest.trim() !== "") yield JSON.parse(rest);
}
