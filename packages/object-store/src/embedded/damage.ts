import { StoreError } from "../store-error.ts";

/** Bytes on the disk are not what was written there. */
export function bytesDamaged(): StoreError {
  return new StoreError("ObjectDamaged", "The stored bytes of the object are damaged");
}

export function bytesMissing(): StoreError {
  return new StoreError("ObjectDamaged", "The stored bytes of the object are missing");
}
