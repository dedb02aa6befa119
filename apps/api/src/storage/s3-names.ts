type Names = Readonly<Record<string, string>>;

/** What is not the same word with another first letter. */
const special: Names = { sseAlgorithm: "SSEAlgorithm", kmsMasterKeyId: "KMSMasterKeyID" };

/** Settings in this API's spelling as the S3 client takes them: `allowedOrigins` is `AllowedOrigins`, and times are dates. */
export function toS3(value: unknown, names: Names = {}): unknown {
  const all: Names = { ...special, ...names };
  return convert(value, {
    rename: (name) => all[name] ?? name.charAt(0).toUpperCase() + name.slice(1),
    leaf: (leaf, name) => (name === "date" && typeof leaf === "string" ? new Date(leaf) : leaf),
  });
}

export function fromS3(value: unknown, names: Names = {}): unknown {
  const all = new Map(Object.entries({ ...special, ...names }).map(([ours, theirs]) => [theirs, ours]));
  return convert(value, {
    rename: (name) => all.get(name) ?? name.charAt(0).toLowerCase() + name.slice(1),
    leaf: (leaf) => (leaf instanceof Date ? leaf.toISOString() : leaf),
  });
}

type Conversion = {
  readonly rename: (name: string) => string;
  readonly leaf: (value: unknown, name: string) => unknown;
};

function convert(value: unknown, conversion: Conversion, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, conversion, name));
  if (typeof value !== "object" || value === null || value instanceof Date) return conversion.leaf(value, name);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : [[conversion.rename(key), convert(item, conversion, key)]],
    ),
  );
}
