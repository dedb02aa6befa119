import { type Check, fail, ok, warn } from "../check.ts";
import { pathOf } from "../exam.ts";
import { describeAnswer } from "../refused.ts";

/** Clients wait a second for an answer, and some for ever. */
const patienceMs = 5_000;
const body = Buffer.alloc(64 * 1024, "x");

export const continues: Check = {
  name: "continue",
  title: "Expect: 100-continue",
  needs: ["permissions"],
  async run(exam) {
    const key = `${exam.prefix}continue`;
    const put = await exam.put({ key, body, isExpecting: true, timeoutMs: patienceMs }).catch((error: unknown) => {
      if (exam.signal.aborted) throw error;
    });
    if (put === undefined) {
      return fail(
        "Nobody says 100 Continue: clients that ask for it, as the aws CLI and the SDKs for Java and Go do, wait and may give up.",
        "Let the proxy answer or pass on Expect: 100-continue (HTTP/1.1 to the server: nginx proxy_http_version 1.1).",
      );
    }
    if (put.status !== 200) {
      return fail(
        `An upload that asks first is refused: ${describeAnswer(put)}.`,
        "Let the proxy answer or pass on Expect: 100-continue, and not refuse it.",
      );
    }
    const wrong = await exam.call({
      method: "PUT",
      path: pathOf(exam, key),
      headers: { "x-amz-tagging": "a=1&a=2" },
      body,
      isExpecting: true,
    });
    if (!wrong.isContinued) return ok("It is answered, and uploads that are refused anyway are not sent.");
    return warn(
      "It is answered by a proxy before the server has looked: the bodies of uploads that are refused are sent in vain.",
      "It costs only bandwidth. nginx always does so; HAProxy and Envoy pass it on.",
    );
  },
};
