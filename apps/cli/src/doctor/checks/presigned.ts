import { type Check, ok } from "../check.ts";
import { pathOf } from "../exam.ts";
import { describeAnswer, refused } from "../refused.ts";

const content = Buffer.from("presigned");

/** Links that are signed in their query: PUT, GET and HEAD each have a signature of their own. */
export const presigned: Check = {
  name: "presigned",
  title: "presigned links",
  needs: ["permissions"],
  async run(exam) {
    const key = `${exam.prefix}presigned`;
    const path = pathOf(exam, key);
    const put = await exam.callPresigned({ method: "PUT", path, body: content });
    if (put.status !== 200) {
      return await refused(exam, put, {
        detail: `A presigned PUT is refused: ${describeAnswer(put)}.`,
        cure: "Let the proxy pass on the query as it came: all of it, not decoded, not sorted.",
      });
    }
    exam.made.push({ key, versionId: put.headers["x-amz-version-id"] });
    const got = await exam.callPresigned({ method: "GET", path });
    if (got.status !== 200 || !got.body.equals(content)) {
      return await refused(exam, got, {
        detail: `A presigned GET is refused or answered wrongly: ${describeAnswer(got)}.`,
        cure: "Let the proxy pass on the query as it came, and answer GET from no cache that forgets the query.",
      });
    }
    const head = await exam.callPresigned({ method: "HEAD", path });
    if (head.status !== 200) {
      return await refused(exam, head, {
        detail: `A presigned HEAD is refused (${describeAnswer(head)}), though the GET is not.`,
        cure: "Let the proxy pass on HEAD as HEAD (nginx: proxy_cache_convert_head off).",
      });
    }
    return ok("PUT, GET and HEAD are accepted.");
  },
};
