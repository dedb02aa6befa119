import { DeleteObjectCommand, DeleteObjectsCommand, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";

export type Deletion = {
  readonly key: string;
  readonly versionId: string | null;
  readonly status: "deleted" | "failed";
  /** S3's word for why. */
  readonly code: string | null;
};

export type DeleteEachInput = {
  readonly bucket: string;
  /** At most 1,000. */
  readonly objects: readonly { readonly key: string; readonly versionId?: string | undefined }[];
  readonly abortSignal?: AbortSignal;
};

/** Deletes each for itself; results are in the order of the objects. */
export async function deleteEach(client: S3Client, input: DeleteEachInput): Promise<readonly Deletion[]> {
  const failures = new Map<string, string>();
  const { bucket, objects } = input;
  const options = input.abortSignal === undefined ? {} : { abortSignal: input.abortSignal };
  const together = objects.filter(({ key }) => isWritable(key));
  if (together.length > 0) {
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Quiet: true, Objects: together.map(({ key, versionId }) => ({ Key: key, VersionId: versionId })) },
      }),
      options,
    );
    for (const { Key = "", VersionId, Code = "InternalError" } of Errors) {
      failures.set(idOf({ key: Key, versionId: VersionId }), Code);
    }
  }
  for (const { key, versionId } of objects.filter(({ key }) => !isWritable(key))) {
    await client
      .send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }), options)
      .catch((error: unknown) => {
        if (!(error instanceof S3ServiceException) || error.name === "NoSuchBucket") throw error;
        failures.set(idOf({ key, versionId }), error.name);
      });
  }
  return objects.map((object) => {
    const code = failures.get(idOf(object)) ?? null;
    const { key, versionId = null } = object;
    return { key, versionId, status: code === null ? "deleted" : "failed", code };
  });
}

/** XML 1.0 has no way to write other control characters, and parsers change line ends. */
function isWritable(key: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML cannot hold
  return !/[\x00-\x1f\x7f-\x9f\u2028\ufffe\uffff]/.test(key);
}

function idOf({ key, versionId = "" }: { readonly key: string; readonly versionId?: string | undefined }): string {
  return JSON.stringify([key, versionId]);
}
