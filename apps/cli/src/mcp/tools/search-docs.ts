import { z } from "zod";
import { loadDocs, searchSections } from "../docs-index.ts";
import { defineTool } from "../tool.ts";

export const searchDocs = defineTool({
  name: "search_docs",
  tier: "read",
  description: "Sections of Stave's documentation of this version with these words, the best first. Changes nothing.",
  input: z.strictObject({
    query: z.string().min(1).max(200).describe("A few words."),
    limit: z.int().min(1).max(5).default(3).describe("How many sections at most, 3 when not said."),
  }),
  isUntrusted: false,
  isIdempotent: true,
  operations: ["getSession"],
  async run({ api }, { query, limit }) {
    // Nothing of the server is needed; the call is on record there as every other.
    await api.call("get /api/session");
    return { sections: searchSections(await loadDocs(), query, limit) };
  },
});
