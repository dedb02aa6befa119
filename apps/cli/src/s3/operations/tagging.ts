import { childrenOf, textOf } from "../read-xml.ts";
import { nameOf, type S3Client } from "../s3-client.ts";
import { document, leaf } from "../write-xml.ts";
import type { ObjectAddress } from "./head-object.ts";
import { readAnswer } from "./read-answer.ts";

export type Tags = Readonly<Record<string, string>>;

/** GetObjectTagging. */
export async function getObjectTags(client: S3Client, { bucket, key, versionId }: ObjectAddress): Promise<Tags> {
  const answer = await client.send({ bucket, key, query: { tagging: "", versionId } });
  const root = readAnswer(answer, "Tagging", nameOf({ bucket, key }));
  const tags = childrenOf(root, "TagSet").flatMap((set) => childrenOf(set, "Tag"));
  return Object.fromEntries(tags.map((tag) => [textOf(tag, "Key") ?? "", textOf(tag, "Value") ?? ""]));
}

/** PutObjectTagging: instead of those that there were; none at all takes them away. */
export async function putObjectTags(
  client: S3Client,
  { bucket, key, versionId }: ObjectAddress,
  tags: Tags,
): Promise<void> {
  const content = Object.entries(tags).map(([name, value]) => `<Tag>${leaf("Key", name)}${leaf("Value", value)}</Tag>`);
  const body = document("Tagging", `<TagSet>${content.join("")}</TagSet>`);
  await client.send({ method: "PUT", bucket, key, query: { tagging: "", versionId }, body });
}
