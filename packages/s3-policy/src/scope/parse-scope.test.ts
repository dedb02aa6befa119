import { expect, test } from "vitest";
import { parseScope } from "./parse-scope.ts";

test.each<[string, unknown]>([
  ["everything", { access: "full" }],
  ["reading everything", { access: "read-only" }],
  ["reading objects", { access: "read-objects" }],
  ["a project", { access: "read-write", on: { project: "shop.eu_1-a" } }],
  ["a bucket", { access: "read-write", on: { bucket: "photos" } }],
  ["a bucket with dots", { access: "full", on: { bucket: "my.photos-1" } }],
  ["a prefix", { access: "read-only", on: { bucket: "photos", prefix: "2026/" } }],
  [
    "a prefix with what looks like wildcards",
    { access: "full", on: { bucket: "photos", prefix: `*?\${aws:username}` } },
  ],
  ["a prefix as long as a key can be", { access: "full", on: { bucket: "photos", prefix: "é".repeat(512) } }],
  [
    "the bucket that was made at a moment",
    { access: "full", on: { bucket: "photos", createdAt: "2030-01-01T00:00:00.000Z" } },
  ],
  ["an address", { access: "full", sourceNetworks: ["192.0.2.7"] }],
  ["networks", { access: "full", sourceNetworks: ["10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "::1", "::/0"] }],
  ["as many networks as there can be", { access: "full", sourceNetworks: new Array(100).fill("10.0.0.0/8") }],
])("a scope on %s is read as it is", (_, value) => {
  expect(parseScope(JSON.parse(JSON.stringify(value)))).toEqual(value);
});

const tooLong = "x".repeat(5000);

test.each<[string, unknown, string]>([
  ["nothing", undefined, "expected `scope` to be an object, got undefined"],
  ["null", null, "expected `scope` to be an object, got null"],
  ["a text", "full", 'expected `scope` to be an object, got "full"'],
  ["a list", [], "expected `scope` to be an object, got a list"],
  ["no access", {}, "expected `access` to be one of full, read-only, read-objects, read-write, got undefined"],
  ["access that there is not", { access: "write" }, 'got "write"'],
  ["access in another case", { access: "Full" }, "expected `access`"],
  [
    "access that is a list",
    { access: ["full"] },
    "expected `access` to be one of full, read-only, read-objects, read-write, got a list",
  ],
  ["access of a prototype", Object.create({ access: "full" }), "expected `access`"],
  ["an unknown field", { access: "full", sourceNetwork: ["10.0.0.1"] }, 'unknown field: "sourceNetwork" in `scope`'],
  [
    "a field that objects have",
    JSON.parse('{"access":"full","__proto__":{}}'),
    'unknown field: "__proto__" in `scope`',
  ],
  ["a place that is null", { access: "full", on: null }, "expected `on` to be an object, got null"],
  ["a place that is not said", { access: "full", on: undefined }, "expected `on` to be an object, got undefined"],
  ["a place that is a name", { access: "full", on: "photos" }, 'expected `on` to be an object, got "photos"'],
  ["no place", { access: "full", on: {} }, "expected `on.bucket` to be the name of a bucket, got undefined"],
  ["a prefix alone", { access: "full", on: { prefix: "a/" } }, "expected `on.bucket`"],
  ["a project and a bucket", { access: "full", on: { project: "a", bucket: "abc" } }, "nothing beside `project`"],
  ["a project and a prefix", { access: "full", on: { project: "a", prefix: "a" } }, "nothing beside `project`"],
  [
    "an unknown field of the place",
    { access: "full", on: { bucket: "abc", key: "a" } },
    'unknown field: "key" in `on`',
  ],
  ["a project without a name", { access: "full", on: { project: "" } }, "expected `on.project`"],
  ["a project of another type", { access: "full", on: { project: 7 } }, "expected `on.project` to be 1 to 128 letters"],
  ["a project with a space", { access: "full", on: { project: "a b" } }, "expected `on.project`"],
  ["a project with a line break", { access: "full", on: { project: "a\n" } }, "expected `on.project`"],
  ["a project with a long name", { access: "full", on: { project: "x".repeat(129) } }, "expected `on.project`"],
  [
    "a short bucket name",
    { access: "full", on: { bucket: "ab" } },
    'expected `on.bucket` to be the name of a bucket, got "ab"',
  ],
  ["a long bucket name", { access: "full", on: { bucket: "x".repeat(64) } }, "expected `on.bucket`"],
  ["a bucket name with capitals", { access: "full", on: { bucket: "Photos" } }, "expected `on.bucket`"],
  ["every bucket", { access: "full", on: { bucket: "*" } }, "expected `on.bucket`"],
  ["a bucket by wildcard", { access: "full", on: { bucket: "photos*" } }, "expected `on.bucket`"],
  ["a bucket with a key", { access: "full", on: { bucket: "photos/a" } }, "expected `on.bucket`"],
  ["a bucket name with two dots", { access: "full", on: { bucket: "my..photos" } }, "expected `on.bucket`"],
  ["a bucket name that is an address", { access: "full", on: { bucket: "192.0.2.7" } }, "expected `on.bucket`"],
  ["a bucket name with a line break", { access: "full", on: { bucket: "photos\n" } }, "expected `on.bucket`"],
  [
    "an empty prefix",
    { access: "full", on: { bucket: "abc", prefix: "" } },
    "expected `on.prefix` to be a text of 1 to 1024",
  ],
  ["a moment that is null", { access: "full", on: { bucket: "abc", createdAt: null } }, "expected `on.createdAt`"],
  ["a moment in another spelling", { access: "full", on: { bucket: "abc", createdAt: "2030-01-01" } }, "on.createdAt"],
  [
    "a moment that there is not",
    { access: "full", on: { bucket: "abc", createdAt: "2030-02-30T00:00:00.000Z" } },
    "expected `on.createdAt` to be a time such as",
  ],
  ["a moment of a project", { access: "full", on: { project: "a", createdAt: "2030-01-01T00:00:00.000Z" } }, "beside"],
  ["a prefix that is null", { access: "full", on: { bucket: "abc", prefix: null } }, "expected `on.prefix`"],
  [
    "a prefix longer than a key",
    { access: "full", on: { bucket: "abc", prefix: "é".repeat(513) } },
    "expected `on.prefix`",
  ],
  ["half a character as prefix", { access: "full", on: { bucket: "abc", prefix: "\ud800" } }, "expected `on.prefix`"],
  [
    "no networks",
    { access: "full", sourceNetworks: [] },
    "expected `sourceNetworks` to be a list of 1 to 100 networks, got a list of 0",
  ],
  ["a network outside a list", { access: "full", sourceNetworks: "10.0.0.0/8" }, "expected `sourceNetworks`"],
  ["too many networks", { access: "full", sourceNetworks: new Array(101).fill("::1") }, "expected `sourceNetworks`"],
  ["holes for networks", { access: "full", sourceNetworks: new Array(2) }, "expected `sourceNetworks[0]`"],
  ["a network that is null", { access: "full", sourceNetworks: ["::1", null] }, "expected `sourceNetworks[1]`"],
  ...[
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/",
    "10.0.0/8",
    "010.0.0.1",
    "10.0.0.1 ",
    "::/129",
    ":",
    "::1%lo",
    "fe80::1%1/64",
    "example.com",
    "*",
    "",
    "10.0.0.0/8/8",
    "10.0.0.0-10.0.0.9",
  ].map((network): [string, unknown, string] => [
    `the network ${JSON.stringify(network)}`,
    { access: "full", sourceNetworks: [network] },
    "expected `sourceNetworks[0]` to be an IPv4 or IPv6 address or network, got",
  ]),
])("%s is refused", (_, value, message) => {
  expect(() => parseScope(value)).toThrow(
    expect.objectContaining({
      name: "PolicyError",
      code: "MalformedPolicy",
      message: expect.stringContaining(message),
    }),
  );
});

test.each<[string, unknown]>([
  ["access", { access: tooLong }],
  ["field", { [tooLong]: 1, access: "full" }],
  ["bucket", { access: "full", on: { bucket: tooLong } }],
  ["prefix", { access: "full", on: { bucket: "abc", prefix: tooLong } }],
  ["network", { access: "full", sourceNetworks: [tooLong] }],
])("a refusal does not repeat a long %s", (_, value) => {
  expect(() => parseScope(value)).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/x{101}/) }));
});
