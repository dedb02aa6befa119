import type { ApiContext } from "../context.ts";
import { orProblem } from "../http/or-problem.ts";
import { revokeCredentialsOf } from "../keys/revoke-credentials-of.ts";

type BucketOf = { readonly serviceId: number; readonly bucket: string };

/** Throws a {@link Problem} that names the project while a link uses the bucket: its application would stand without. */
export async function requireUnlinked({ database }: Pick<ApiContext, "database">, of: BucketOf): Promise<void> {
  await orProblem(database.as("system").bucketRemovals.refuseLinked(of));
}

/** The bucket is gone: its credentials are revoked, and no environment gets another of its name back. */
export async function forgetBucket(
  context: Pick<ApiContext, "database">,
  { actor, serviceId, bucket }: BucketOf & { readonly actor: string },
): Promise<void> {
  await revokeCredentialsOf(context, { actor, serviceId, bucket });
  // The gateway has done so for its own; it knows no others.
  await context.database.as(actor).links.buckets.forget({ serviceId, bucket });
}
