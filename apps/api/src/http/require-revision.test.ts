import { expect, test } from "vitest";
import { etagOf, requireRevision } from "./require-revision.ts";

test.each([undefined, "*", " * ", '"7"', '"6", "7"', '"7","8"'])("a change with If-Match %s goes on", (value) => {
  const headers = value === undefined ? {} : { "if-match": value };
  expect(() => requireRevision({ headers }, 7)).not.toThrow();
});

test.each(['"6"', 'W/"7"', "7", "", '"7', '"77"'])("a change with If-Match %s is refused", (value) => {
  expect(() => requireRevision({ headers: { "if-match": value } }, 7)).toThrow(
    expect.objectContaining({ code: "PRECONDITION_FAILED" }),
  );
});

test("an ETag is quoted", () => {
  expect(etagOf(7)).toBe('"7"');
});
