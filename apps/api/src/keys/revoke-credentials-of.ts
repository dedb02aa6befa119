import type { ApiContext } from "../context.ts";

const pageSize = 1000;

export type RevokeInput = {
  readonly actor: string;
  readonly serviceId: number;
  readonly bucket: string;
  /** When the bucket was made that there is now: its credentials stay. Undefined: it is gone. */
  readonly madeAt?: Date;
};

/** Revokes the credentials of a bucket that was deleted, and of all that had its name before. */
export async function revokeCredentialsOf(
  { database }: Pick<ApiContext, "database">,
  { actor, serviceId, bucket, madeAt }: RevokeInput,
): Promise<void> {
  const { issuedKeys } = database.as(actor);
  for (let before: { readonly createdAt: Date; readonly id: string } | undefined; ; ) {
    const page = await issuedKeys.list({ serviceId, bucket, before, limit: pageSize });
    for (const credential of page) {
      const isOfPresent = madeAt !== undefined && credential.bucket?.createdAt.getTime() === madeAt.getTime();
      if (!isOfPresent) await issuedKeys.revoke(credential.id);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    before = { createdAt: last.key.createdAt, id: last.id };
  }
}
