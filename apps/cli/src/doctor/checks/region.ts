import { type Check, fail, ok, skipped } from "../check.ts";
import { readErrorDocument } from "../error-document.ts";

/** Signs for the region that was said, and goes on with the one that the server names. */
export const region: Check = {
  name: "region",
  title: "the region",
  needs: ["reachable", "key"],
  async run(exam) {
    const path = exam.bucket === undefined ? "/" : `/${exam.bucket}`;
    const answer = await exam.call({ method: "GET", path: exam.bucket === undefined ? path : `${path}?max-keys=1` });
    const document = readErrorDocument(answer.body);
    const named = document?.region ?? answer.headers["x-amz-bucket-region"];
    const isOther = named !== undefined && named !== exam.region;
    if (document?.code === "AuthorizationHeaderMalformed" || (isOther && answer.status >= 300)) {
      if (!isOther) return skipped("The server does not name its region.");
      exam.signingRegion = named;
      return fail(
        `The server is in ${named}, and the region here is ${exam.region}.`,
        `Set the region to ${named}: AWS_REGION=${named}, or --region ${named}. The other checks use it.`,
      );
    }
    return ok(`${exam.region} it is.`);
  },
};
