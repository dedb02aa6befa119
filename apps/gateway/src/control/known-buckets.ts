import { ControlDatabaseError, type ControlTables } from "@stave/control-database";
import { type ObjectStore, StoreError } from "@stave/object-store";

/**
 * A store whose buckets leave their projects when they are deleted: another bucket of the same name is in none. A bucket that a link uses is
 * not deleted (`InvalidBucketState`).
 */
export function withKnownBuckets<Store extends Pick<ObjectStore, "createBucket" | "deleteBucket" | "readBucket">>(
  store: Store,
  removals: ControlTables["bucketRemovals"],
): Store {
  const isThere = async (name: string) => (await store.readBucket(name)) !== undefined;
  return {
    ...store,
    async createBucket(input) {
      // A process has ended between the two halves of a deletion.
      if ((await removals.isBegun(input.name)) && !(await isThere(input.name))) await removals.complete(input.name);
      return store.createBucket(input);
    },
    async deleteBucket(name) {
      const isKnown = await removals.begin(name).catch(refuseLinked);
      try {
        await store.deleteBucket(name);
      } catch (error) {
        if (isKnown && (await isThere(name))) await removals.cancel(name);
        throw error;
      }
      if (isKnown) await removals.complete(name);
    },
  } satisfies Pick<ObjectStore, "createBucket" | "deleteBucket"> & Store;
}

/** Which project it is concerns those who may see it: they delete over the api. */
function refuseLinked(error: unknown): never {
  if (!(error instanceof ControlDatabaseError && error.code === "BucketInUse")) throw error;
  throw new StoreError("InvalidBucketState", "A project is linked to this bucket. Unlink it first.", { cause: error });
}
