import type { CorsRule } from "@stave/s3-xml";
import { describe, expect, test } from "vitest";
import { corsHeaders } from "./cors-headers.ts";
import { matchCorsRule } from "./match-cors-rule.ts";

function rule(members: Partial<CorsRule>): CorsRule {
  return { allowedOrigins: ["*"], allowedMethods: ["GET"], allowedHeaders: [], exposeHeaders: [], ...members };
}

function matches(members: Partial<CorsRule>, intent: Partial<Parameters<typeof matchCorsRule>[1]>): boolean {
  const asked = { origin: "https://a.example", method: "GET", headers: [], ...intent };
  return matchCorsRule({ rules: [rule(members)] }, asked) !== undefined;
}

describe("an origin", () => {
  test.each([
    ["https://a.example", "https://a.example", true],
    ["https://a.example", "https://A.example", false],
    ["https://a.example", "https://a.example:443", false],
    ["https://a.example", "https://a.example.evil", false],
    ["*", "null", true],
    ["https://*.example", "https://b.a.example", true],
    ["https://*.example", "https://example", false],
    ["https://*.example", "http://a.example", false],
    ["*suffix", "suffix", true],
    ["start*end", "startend", true],
    ["start*tend", "startend", false],
    ["start*end", "star", false],
    // What both ends need must not be counted twice.
    ["aba*aba", "ababa", false],
    ["aba*aba", "abaaba", true],
  ])("%s with %s: %s", (pattern, origin, expected) => {
    expect(matches({ allowedOrigins: ["other", pattern] }, { origin })).toBe(expected);
  });
});

describe("headers", () => {
  test.each([
    [[], [], true],
    [[], ["x-a"], false],
    [["*"], ["x-a", "X-B"], true],
    [["X-Amz-*", "content-type"], ["x-amz-date", "Content-Type"], true],
    [["x-amz-*"], ["x-amz-date", "authorization"], false],
  ])("%j allows %j: %s", (allowedHeaders, headers, expected) => {
    expect(matches({ allowedHeaders }, { headers })).toBe(expected);
  });
});

test("a method in other letters is another method", () => {
  expect(matches({ allowedMethods: ["PUT"] }, { method: "put" })).toBe(false);
});

test("the first rule that allows everything holds", () => {
  const rules = [
    rule({ id: "1", allowedMethods: ["PUT"] }),
    rule({ id: "2", allowedOrigins: ["https://b.example"] }),
    rule({ id: "3", allowedHeaders: ["x-a"] }),
    rule({ id: "4", allowedHeaders: ["*"] }),
  ];

  const match = matchCorsRule({ rules }, { origin: "https://a.example", method: "GET", headers: ["x-b"] });

  expect(match?.rule.id).toBe("4");
});

describe("security S32: credentials", () => {
  test.each([
    ["https://a.example", true],
    ["https://*.a.example", true],
    ["http://localhost:*", true],
    ["*", false],
    ["http*", false],
    ["https://*", false],
    ["https://a.*", false],
    ["https://*:*", false],
  ])("with the pattern %s are allowed: %s", (pattern, expected) => {
    const intent = { origin: "https://a.example", method: "GET", headers: [] };

    const headers = corsHeaders({ rule: rule({}), pattern }, intent);

    expect(headers["access-control-allow-credentials"]).toBe(expected ? "true" : undefined);
    expect(headers["access-control-allow-origin"]).toBe(pattern === "*" ? "*" : intent.origin);
  });
});
