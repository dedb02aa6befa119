const maxKeyBytes = 1024;

/**
 * Throws a `TypeError` for a key no store can hold. A server checks keys when it parses a request; whoever calls the
 * store directly may not, and NUL is what the index separates a key from its versions with.
 */
export function checkKey(key: string): void {
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes === 0 || sizeBytes > maxKeyBytes || key.includes("\0") || !key.isWellFormed()) {
    throw new TypeError(
      `Expected \`key\` to be 1 to ${maxKeyBytes} bytes of UTF-8 without NUL, got ${sizeBytes} bytes`,
    );
  }
}
