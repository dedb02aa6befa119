export type Header = readonly [name: string, value: string];

/** A request as it stands on the wire. Text is latin1: one character is one byte, and may be any. */
export type WireRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: Buffer;
};

export function toBytes({ method, target, headers, body }: WireRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, "latin1"), body]);
}

/** Of a repeated header the first. */
export function headerOf({ headers }: Pick<WireRequest, "headers">, name: string): string | undefined {
  return headers.find(([other]) => other.toLowerCase() === name)?.[1];
}

export function withoutHeaders<T extends Pick<WireRequest, "headers">>(request: T, names: readonly string[]): T {
  return { ...request, headers: request.headers.filter(([name]) => !names.includes(name.toLowerCase())) };
}

export function withHeader<T extends Pick<WireRequest, "headers">>(request: T, name: string, value: string): T {
  const rest = withoutHeaders(request, [name]);
  return { ...rest, headers: [...rest.headers, [name, value]] };
}
