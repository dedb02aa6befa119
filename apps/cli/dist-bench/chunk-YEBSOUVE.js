import { fileChecksum, fileMd5, headObject, isFileOf, isMd5, wholeChecksum } from "./chunk-2XHM337O.js";

// src/transfer/same-content.ts
async function isSameContent(left, right, options) {
  if (left.sizeBytes !== right.sizeBytes) return false;
  if (options.how === "size") return true;
  if (left.place.kind === "object" && right.place.kind === "object") return await sameObjects(left.place, right.place);
  if (left.place.kind === "file" && right.place.kind === "file") {
    const [a, b] = [left.place.path, right.place.path];
    const [ofA, ofB] = [
      await fileChecksum(a, "crc64nvme", options.signal),
      await fileChecksum(b, "crc64nvme", options.signal),
    ];
    return ofA === ofB;
  }
  const [file, object] = left.place.kind === "file" ? [left, right] : [right, left];
  return await sameFile(file, object, options);
}
async function sameFile(file, object, { signal, known }) {
  const { place } = object;
  if (place.kind !== "object" || file.place.kind !== "file") return false;
  const { path } = file.place;
  const { etag = "" } = place;
  if (isMd5(etag)) {
    const before = known?.get(path);
    const md5 = before !== void 0 && before.state === file.state ? before.md5 : await fileMd5(path, signal);
    if (file.state !== void 0) known?.set(path, { state: file.state, md5 });
    if (md5 === etag) return true;
  }
  const head = await headObject(place.client, place);
  if (isMd5(head.etag) && wholeChecksum(head) === void 0) return false;
  return (await isFileOf(path, head, place, signal)) === true;
}
async function sameObjects(left, right) {
  if (left.etag !== void 0 && left.etag !== "" && left.etag === right.etag) return true;
  const [a, b] = await Promise.all([headObject(left.client, left), headObject(right.client, right)]);
  const [ofA, ofB] = [wholeChecksum(a), wholeChecksum(b)];
  return ofA !== void 0 && ofB !== void 0 && ofA.name === ofB.name && ofA.value === ofB.value;
}

export { isSameContent };
//# sourceMappingURL=chunk-YEBSOUVE.js.map
