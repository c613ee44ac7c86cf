import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultPolicyText } from "./default-policy.ts";
import { parsePolicy } from "./policy.ts";
import type { Rule } from "./rules.ts";
import { type Resolved, decideTarget, mayLookUp } from "./targets.ts";

function rulesOf(text: string): readonly Rule[] {
  const parsed = parsePolicy(text);
  if (parsed.kind !== "policy") throw new Error(parsed.faults.join());
  return parsed.policy.rules;
}

const limits = "{ ratePerSecond: 100, connections: 10, durationSeconds: 60 }";
const rulesFor = (targets: string) =>
  rulesOf(`allow: true\ntargets: ${targets}\nlimits: ${limits}\n`);

const at = (address: string, change: Partial<Resolved> = {}): Resolved => ({
  host: address,
  port: 80,
  addresses: [address],
  own: ["10.0.0.5", "fd12::5"],
  ...change,
});

const cases: readonly [string, string, Resolved, boolean][] = [
  ["self, loopback", "[{ to: self }]", at("127.0.0.1"), true],
  ["self, another loopback", "[{ to: self }]", at("127.9.9.9"), true],
  ["self, IPv6 loopback", "[{ to: self }]", at("::1"), true],
  ["self, an own address", "[{ to: self }]", at("10.0.0.5"), true],
  ["self, an own address written as IPv6", "[{ to: self }]", at("::ffff:10.0.0.5"), true],
  ["self, an own IPv6 address", "[{ to: self }]", at("fd12:0::5"), true],
  ["self, a neighbour", "[{ to: self }]", at("10.0.0.6"), false],
  ["localhost means self", "[{ to: localhost }]", at("127.0.0.1", { host: "localhost" }), true],
  ["a block", "[{ to: 10.0.0.0/24 }]", at("10.0.0.6"), true],
  ["outside the block", "[{ to: 10.0.0.0/24 }]", at("10.0.1.6"), false],
  ["an address", "[{ to: 192.0.2.7 }]", at("192.0.2.7"), true],
  ["everything", '[{ to: 0.0.0.0/0 }, { to: "::/0" }]', at("203.0.113.9"), true],
  ["everything but metadata", '[{ to: 0.0.0.0/0 }, { to: "::/0" }]', at("169.254.169.254"), false],
  [
    "everything but metadata through NAT64",
    '[{ to: 0.0.0.0/0 }, { to: "::/0" }]',
    at("64:ff9b::a9fe:a9fe"),
    false,
  ],
  ["everything but the AWS metadata address", '[{ to: "::/0" }]', at("fd00:ec2::254"), false],
  ["everything but the unspecified address", "[{ to: 0.0.0.0/0 }]", at("0.0.0.0"), false],
  ["everything but multicast", '[{ to: "::/0" }]', at("ff02::1"), false],
  ["a name", "[{ to: api.test }]", at("203.0.113.9", { host: "api.test" }), true],
  ["another name", "[{ to: api.test }]", at("203.0.113.9", { host: "evil.test" }), false],
  ["a name, when only its address was asked for", "[{ to: api.test }]", at("203.0.113.9"), false],
  [
    "a name that points at this host",
    "[{ to: api.test }]",
    at("127.0.0.1", { host: "api.test" }),
    false,
  ],
  [
    "a name that points at an own address",
    "[{ to: api.test }]",
    at("10.0.0.5", { host: "api.test" }),
    false,
  ],
  [
    "a name that points at metadata",
    "[{ to: api.test }]",
    at("169.254.169.254", { host: "api.test" }),
    false,
  ],
  [
    "a name that points at this host through NAT64",
    "[{ to: api.test }]",
    at("64:ff9b::7f00:1", { host: "api.test" }),
    false,
  ],
  ["self, what only a translator would make self", "[{ to: self }]", at("64:ff9b::7f00:1"), false],
  ["a port of the list", "[{ to: self, ports: [80] }]", at("127.0.0.1"), true],
  ["a port of a range", '[{ to: self, ports: ["79-81"] }]', at("127.0.0.1"), true],
  ["another port", '[{ to: self, ports: [443, "8000-8999"] }]', at("127.0.0.1"), false],
  ["no address at all", "[{ to: self }]", at("x", { addresses: [] }), false],
  ["an address with a zone", '[{ to: "::/0" }]', at("fe80::1%eth0"), false],
];

test.each(cases)("%s", (_, targets, resolved, allowed) => {
  expect(decideTarget(rulesFor(targets), resolved).kind).toBe(allowed ? "allowed" : "refused");
});

test("hands back only the checked addresses of a name", () => {
  const resolved = at("127.0.0.1", {
    host: "localhost",
    addresses: ["169.254.169.254", "::1", "203.0.113.1", "127.0.0.1"],
  });
  expect(decideTarget(rulesFor("[{ to: self }]"), resolved)).toEqual({
    kind: "allowed",
    addresses: ["::1", "127.0.0.1"],
  });
});

test("the default policy allows this host alone", () => {
  const rules = rulesOf(defaultPolicyText);
  expect(decideTarget(rules, at("127.0.0.1")).kind).toBe("allowed");
  expect(decideTarget(rules, at("10.0.0.5")).kind).toBe("allowed");
  expect(decideTarget(rules, at("10.0.0.6")).kind).toBe("refused");
});

const addresses = fc.oneof(fc.ipV4(), fc.ipV6());
const ruleTexts = fc.array(
  fc.oneof(
    fc.constant("self"),
    fc.ipV4().map((ip) => `${ip}/1`),
    fc.constant("0.0.0.0/0"),
    fc.constant("::/0"),
    fc.constant("any.test"),
  ),
  { maxLength: 5 },
);

test("never allows a link-local address, however it is written and whatever the policy says", () => {
  const hex = (octet: number) => octet.toString(16).padStart(2, "0");
  const octet = fc.integer({ min: 0, max: 255 });
  const linkLocal = fc.oneof(
    fc.tuple(octet, octet).map(([a, b]) => `169.254.${a}.${b}`),
    fc.tuple(octet, octet).map(([a, b]) => `::ffff:169.254.${a}.${b}`),
    fc.tuple(octet, octet).map(([a, b]) => `::ffff:a9fe:${hex(a)}${hex(b)}`),
    fc.tuple(octet, octet).map(([a, b]) => `64:ff9b::a9fe:${hex(a)}${hex(b)}`),
    fc.tuple(octet, octet).map(([a, b]) => `2002:a9fe:${hex(a)}${hex(b)}::1`),
    fc.tuple(octet, octet).map(([a, b]) => `fe${hex(0x80 | (a & 0x3f))}::${hex(b)}`),
    fc.tuple(octet, octet).map(([a, b]) => `64:ff9b:1::a9fe:${hex(a)}${hex(b)}`),
    fc.tuple(octet, octet).map(([a, b]) => `2001:db8::5efe:a9fe:${hex(a)}${hex(b)}`),
    fc.tuple(octet, octet).map(([a, b]) => `::169.254.${a}.${b}`),
    fc.constantFrom("fd00:ec2::254", "100.100.100.200", "::ffff:6464:64c8", "168.63.129.16"),
  );
  fc.assert(
    fc.property(linkLocal, ruleTexts, (address, targets) => {
      const rules = rulesFor(JSON.stringify(targets.map((to) => ({ to }))));
      const resolved = at(address, { host: "any.test", own: [address] });
      expect(decideTarget(rules, resolved).kind).toBe("refused");
    }),
  );
});

test("an empty list allows nobody", () => {
  fc.assert(
    fc.property(addresses, fc.integer({ min: 1, max: 65_535 }), (address, port) => {
      expect(decideTarget(rulesFor("[]"), at(address, { port, own: [address] })).kind).toBe(
        "refused",
      );
    }),
  );
});

test("allows only addresses that were resolved, and only those that are allowed alone", () => {
  fc.assert(
    fc.property(fc.array(addresses, { minLength: 1, maxLength: 4 }), ruleTexts, (list, targets) => {
      const rules = rulesFor(JSON.stringify(targets.map((to) => ({ to }))));
      const decision = decideTarget(rules, at("x", { addresses: list }));
      const alone = list.filter(
        (address) => decideTarget(rules, at("x", { addresses: [address] })).kind === "allowed",
      );
      expect(decision.kind === "allowed" ? decision.addresses : []).toEqual(alone);
    }),
  );
});

test.each([
  ["127.0.0.1", true],
  ["2001:db8::1", true],
  ["localhost", true],
  ["app.localhost", true],
  ["rack-1", true],
  ["rack-1.example.org", true],
  ["api.example.org", true],
  ["example.org", false],
  ["other.example.org", false],
  ["notlocalhost", false],
])("%s may be looked up: %s", (host, expected) => {
  const rules = rulesFor("[{ to: self }, { to: 0.0.0.0/0 }, { to: api.example.org }]");
  expect(mayLookUp(rules, host, "Rack-1.example.org")).toBe(expected);
});
