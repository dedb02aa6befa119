// src/transfer/read-object.ts
import { once } from "node:events";
import { createChecksum, createMd5 } from "@stave/s3-checksum";
import { algorithms, getObject, isMd5, nameOf, wholeChecksum } from "./chunk-2XHM337O.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import { networkError } from "./chunk-HSRHTTG5.js";

var tries = 5;
async function readObject(source, output, { signal, onBytes }, { range } = {}) {
  const { client, bucket, key, versionId } = source;
  const [from = 0, to] = range ?? [];
  let done = 0;
  let first;
  let check;
  let last;
  for (let tried = 1; ; tried += 1) {
    const at = from + done;
    const isPart = range !== void 0 || done > 0;
    const wanted = isPart ? [at, to ?? last ?? Number.MAX_SAFE_INTEGER] : void 0;
    try {
      const answer = await getObject(client, { bucket, key, versionId, range: wanted, ifMatch: first?.etag, signal });
      first ??= answer.head;
      last ??= first.sizeBytes - 1;
      check ??= isPart ? void 0 : createCheck(first);
      for await (const chunk of answer.body) {
        check?.update(chunk);
        done += chunk.length;
        onBytes(chunk.length);
        if (!output.write(chunk)) await once(output, "drain", { signal });
      }
      const end = Math.min(to ?? last, last);
      if (from + done < end + 1) throw new Error("The body was cut off.");
      break;
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (tried >= tries || signal.aborted) throw networkError(error, { url: client.endpoint.url, signal });
    }
  }
  if (check?.isRight() === false) {
    throw new CliError("Failed", `${nameOf(source)}: what arrived is not what the server has a checksum of.`, {
      why: "What was written is not to be trusted.",
    });
  }
}
function createCheck(head) {
  const whole = wholeChecksum(head);
  if (whole !== void 0) {
    const checksum = createChecksum(algorithms[whole.name]);
    return { update: (chunk) => checksum.update(chunk), isRight: () => checksum.digest() === whole.value };
  }
  if (!isMd5(head.etag) || head.encryption !== void 0) return void 0;
  const md5 = createMd5();
  return { update: (chunk) => void md5.update(chunk), isRight: () => md5.digest().hex === head.etag };
}

export { readObject };
//# sourceMappingURL=chunk-AA2MRNTS.js.map
