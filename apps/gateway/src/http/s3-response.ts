/** What an operation answers. The common headers, lengths and the writing itself are the server's business. */
export type S3Response = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A whole XML document. */
  readonly xml?: string;
  /** Bytes of an object; mutually exclusive with `xml`. */
  readonly content?: ResponseContent;
};

export type ResponseContent = {
  readonly sizeBytes: number;
  /** All of them, when they are in memory: `chunks` is not called then. Valid until `close`. */
  readonly bytes?: Uint8Array | undefined;
  /** Not read for HEAD. A chunk is overwritten when the next one is asked for. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
  /** Called once in every case, also when nothing was read. */
  readonly close: () => Promise<void>;
};
