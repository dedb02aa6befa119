import { S3Error } from "../errors/s3-error.ts";

const maxPage = 1000;
const maxInt32 = 2_147_483_647;

export type Listing = {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly encodingType: "url" | undefined;
};

/** What all listings of keys take. Throws `InvalidArgument`. */
export function readListing(query: ReadonlyMap<string, string>): Listing {
  const encodingType = query.get("encoding-type");
  if (encodingType !== undefined && encodingType !== "url") {
    throw invalid("encoding-type", encodingType, "Invalid Encoding Method specified in Request");
  }
  return { prefix: query.get("prefix") ?? "", delimiter: query.get("delimiter") || undefined, encodingType };
}

/** A page size: larger values than 1,000 are clamped, as S3 does. Throws `InvalidArgument`. */
export function readPageSize(
  query: ReadonlyMap<string, string>,
  name: "max-keys" | "max-uploads" | "max-parts",
): number {
  const text = query.get(name);
  if (text === undefined || text === "") return maxPage;
  if (!/^-?\d{1,10}$/.test(text)) throw invalid(name, text, `Provided ${name} not an integer or within integer range`);
  const count = Number(text);
  if (count < 0 || count > maxInt32) {
    throw invalid(name, text, `Argument ${name} must be an integer between 0 and ${maxInt32}`);
  }
  return Math.min(count, maxPage);
}

export function invalid(name: string, value: string, message: string): S3Error {
  return new S3Error("InvalidArgument", message, { elements: { ArgumentName: name, ArgumentValue: value } });
}
