// The framing of aws-chunked bodies: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
import { ChunkError, type ChunkErrorCode } from "./chunk-error.ts";
import { parseChunkHeader } from "./parse-chunk-header.ts";
import type { TrailerReader } from "./trailer-reader.ts";

export type Part =
  | { readonly kind: "chunk"; readonly sizeBytes: number; readonly signature: string }
  | { readonly kind: "data"; readonly bytes: Buffer; readonly endsChunk: boolean };

export interface PartParserOptions {
  readonly isSigned: boolean;
  /** `undefined` in the mode without trailers. */
  readonly trailers: TrailerReader | undefined;
  readonly maxChunkHeaderBytes: number;
  readonly maxTrailerBytes: number;
}

export interface PartParser {
  /** The parts that these bytes bring, in order. Data is a slice of the input: nothing is copied or kept. */
  push(input: Buffer): Generator<Part, void, undefined>;
  /** Throws unless the body may end here. */
  end(): void;
}

type State = "chunk-header" | "data" | "data-end" | "trailers" | "last-line" | "done";

export function createPartParser(options: PartParserOptions): PartParser {
  const { isSigned, trailers, maxChunkHeaderBytes } = options;
  let state: State = "chunk-header";
  let input: Buffer = Buffer.alloc(0);
  let position = 0;
  let partialLine = "";
  let dataBytesLeft = 0;
  let trailerBytesLeft = options.maxTrailerBytes;

  // A line that is cut off waits as a string: appending is cheap even byte by byte, and the cap bounds it.
  function readLine(maxBytes: number, tooLong: ChunkErrorCode): string | undefined {
    const lineFeed = input.indexOf(0x0a, position);
    const end = lineFeed === -1 ? input.length : lineFeed + 1;
    if (partialLine.length + end - position > maxBytes) {
      throw new ChunkError(tooLong, `Expected a line end within ${maxBytes} bytes`);
    }
    partialLine += input.toString("latin1", position, end);
    position = end;
    if (lineFeed === -1) return undefined;

    const line = partialLine;
    partialLine = "";
    return line;
  }

  function readChunk(): Part | undefined {
    const line = readLine(maxChunkHeaderBytes, "IncompleteBody");
    if (line === undefined) return undefined;
    const { sizeBytes, signature } = parseChunkHeader(line, isSigned);
    dataBytesLeft = sizeBytes;
    if (sizeBytes > 0) state = "data";
    else state = trailers ? "trailers" : "last-line";
    return { kind: "chunk", sizeBytes, signature };
  }

  function readData(): Part {
    const bytes = input.subarray(position, position + dataBytesLeft);
    position += bytes.length;
    dataBytesLeft -= bytes.length;
    if (dataBytesLeft === 0) state = "data-end";
    return { kind: "data", bytes, endsChunk: dataBytesLeft === 0 };
  }

  function readLineEnd(next: State): void {
    const line = readLine(2, "IncompleteBody");
    if (line === undefined) return;
    if (line !== "\r\n") throw new ChunkError("IncompleteBody", "Expected CRLF after the chunk");
    state = next;
  }

  function readTrailer(reader: TrailerReader): void {
    const line = readLine(trailerBytesLeft, "MalformedTrailerError");
    if (line === undefined) return;
    trailerBytesLeft -= line.length;
    if (reader.takeLine(line)) state = "done";
  }

  function readPart(): Part | undefined {
    switch (state) {
      case "chunk-header":
        return readChunk();
      case "data":
        return readData();
      case "data-end":
        readLineEnd("chunk-header");
        return undefined;
      case "last-line":
        readLineEnd("done");
        return undefined;
      case "trailers":
        if (trailers) readTrailer(trailers);
        return undefined;
      case "done":
        throw new ChunkError("IncompleteBody", "Expected nothing after the end of the body");
    }
  }

  return {
    *push(bytes) {
      input = bytes;
      position = 0;
      while (position < input.length) {
        const part = readPart();
        if (part) yield part;
      }
    },
    end() {
      if (state === "trailers" && trailers && partialLine === "") trailers.end();
      else if (state !== "done") throw new ChunkError("IncompleteBody", "The body ends before its last chunk does");
    },
  };
}
