import type { Fixture, World } from "./fixture.ts";
import { ask, bucketPath, emptyBucket, keepVersions, makeBucket, putObjects } from "./storage.ts";

const photos = {
  "a.jpg": "a picture",
  "2026/photo.jpg": "a picture",
  "old/a.jpg": "an old picture",
  "notes.txt": "a note".repeat(100),
  "site/index.html": "<p>Hello",
};

async function withPhotos(world: World) {
  await putObjects(world, "photos", photos);
  return undefined;
}

async function withDeleted(world: World) {
  await keepVersions(world, "photos");
  await withPhotos(world);
  for (const key of ["a.jpg", "old/a.jpg"]) {
    await ask(world, `${bucketPath("photos")}/objects/${key}`, { method: "DELETE" });
  }
  return undefined;
}

async function withoutPhotos(world: World) {
  await emptyBucket(world, "photos");
  return undefined;
}

/** Each time another version, that nothing keeps yet. */
async function withRecord(world: World) {
  await makeBucket(world, "records", { objectLock: true });
  await putObjects(world, "records", { "a.pdf": "a record" });
  return undefined;
}

export const objectFixtures: readonly Fixture[] = [
  { of: /^(ls|stat|du|tree|find|rm|share|cp|mv|cat|diff|mirror) /, prepare: withPhotos },
  { of: /^undelete /, prepare: withDeleted },
  { of: /^rb s3:\/\/photos --dry-run/, prepare: withoutPhotos },
  { of: /^rb s3:\/\/photos --with-objects/, prepare: withPhotos },
  { of: /^(retention|legal-hold) /, prepare: withRecord },
  { of: /^diff s3:/, code: [1, "they differ"] },
];
