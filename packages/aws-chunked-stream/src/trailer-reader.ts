// Trailing headers: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
import { ChunkError } from "./chunk-error.ts";
import { FIELD_NAME, FIELD_VALUE, MAX_TRAILER_LINES, SIGNATURE_TRAILER, trimBlanks } from "./trailer-syntax.ts";

export interface TrailerReaderOptions {
  readonly isSigned: boolean;
  /** `undefined`: any. */
  readonly expectedTrailers: readonly string[] | undefined;
}

/** Takes the lines behind the last chunk one by one, line ends included, until the block is complete. */
export interface TrailerReader {
  readonly values: ReadonlyMap<string, string>;
  /** The value of `x-amz-trailer-signature`; empty in the unsigned mode. */
  readonly signature: string;
  /** Takes a line and says whether it was the last one. Throws `MalformedTrailerError`. */
  takeLine(line: string): boolean;
  /** The body ended without the line that ends the block. */
  end(): void;
}

export function createTrailerReader({ isSigned, expectedTrailers }: TrailerReaderOptions): TrailerReader {
  const expected = expectedTrailers && new Set(expectedTrailers.map((name) => name.toLowerCase()));
  const values = new Map<string, string>();
  let signature = "";
  let lineCount = 0;
  let hasLeadingEmptyLine = false;
  let endsInBareLineFeed = false;

  function takeEmptyLine(): boolean {
    // The example of AWS ends a trailer line in LF CRLF, and clients that copied it do: this CRLF belongs to that line.
    if (endsInBareLineFeed) {
      endsInBareLineFeed = false;
      return false;
    }
    // Some clients end the 0 chunk like a chunk with data, so an empty line comes before the trailers.
    const isWaiting = values.size === 0 && signature.length === 0 && (isSigned || expected?.size !== 0);
    if (isWaiting && !hasLeadingEmptyLine) {
      hasLeadingEmptyLine = true;
      return false;
    }
    return finish();
  }

  function takeField(line: string): void {
    lineCount += 1;
    if (lineCount > MAX_TRAILER_LINES) throw malformed(`at most ${MAX_TRAILER_LINES} trailer lines`);
    if (endsInBareLineFeed) throw malformed("CRLF at the end of a trailer line");
    if (signature.length > 0) throw malformed(`no trailer after ${SIGNATURE_TRAILER}`);
    endsInBareLineFeed = !line.endsWith("\r\n");

    const { name, value } = parseField(endsInBareLineFeed ? line.slice(0, -1) : line.slice(0, -2));
    if (isSigned && name === SIGNATURE_TRAILER) {
      if (value.length !== 64) throw malformed(`64 hex digits in ${SIGNATURE_TRAILER}`);
      signature = value;
      return;
    }
    if (expected && !expected.has(name)) throw malformed("only the trailers that `x-amz-trailer` announced");
    if (values.has(name)) throw malformed("every trailer once");
    values.set(name, value);
  }

  function finish(): true {
    if (isSigned && signature.length === 0) throw malformed(`${SIGNATURE_TRAILER} as the last trailer`);
    for (const name of expected ?? []) {
      if (!values.has(name)) throw malformed(`the trailer ${JSON.stringify(name)}, as announced`);
    }
    return true;
  }

  return {
    values,
    get signature() {
      return signature;
    },
    takeLine(line) {
      if (line === "\r\n") return takeEmptyLine();
      takeField(line);
      return false;
    },
    end() {
      // Some clients leave out the last CRLF of the unsigned form. Every trailer line must still be whole.
      if (isSigned || endsInBareLineFeed) throw new ChunkError("IncompleteBody", "The body ends inside its trailers");
      finish();
    },
  };
}

function parseField(text: string): { name: string; value: string } {
  const colon = text.indexOf(":");
  const name = text.slice(0, Math.max(colon, 0)).toLowerCase();
  const value = trimBlanks(text.slice(colon + 1));
  if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) throw malformed("trailer lines of the form `name:value`");
  return { name, value };
}

function malformed(expected: string): ChunkError {
  return new ChunkError("MalformedTrailerError", `Expected ${expected}`);
}
