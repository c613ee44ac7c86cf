import { type LoadPlan, planFault } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NothingToSend, PlanRejected } from "../drivers/driver.ts";
import { type RequestContext, openRequests } from "./requests.ts";

const plan: LoadPlan = {
  driver: "http1",
  target: "http://example.test/base?q=1",
  method: "GET",
  headers: [],
  body: "",
  pacing: { kind: "constant", ratePerSecond: 1 },
  precision: "precise",
  connections: 1,
  durationMs: 1_000,
  timeoutMs: 1_000,
  identify: false,
};
const context: RequestContext = {
  run: "abcdefghijklmnop",
  share: { index: 0, of: 1 },
  secrets: {},
};
const open = (change: Partial<LoadPlan>, part: Partial<RequestContext> = {}) =>
  openRequests({ ...plan, ...change }, { ...context, ...part });
const take = (count: number, change: Partial<LoadPlan>, part: Partial<RequestContext> = {}) => {
  const source = open(change, part);
  return Array.from({ length: count }, () => source.next());
};
const headerOf = (name: string, change: Partial<LoadPlan>, part: Partial<RequestContext> = {}) =>
  open(change, part)
    .next()
    .headers.find((header) => header.name === name)?.value;

test("a plan without anything that varies is the same object each time", () => {
  const source = open(
    { headers: [{ name: "X", value: "{{secret.s}}" }] },
    {
      secrets: { s: "v" },
    },
  );
  expect(source.isConstant).toBe(true);
  expect(source.next()).toBe(source.next());
  expect(source.next()).toMatchObject({
    method: "GET",
    path: "/base?q=1",
    headers: [{ name: "X", value: "v" }],
  });
});

test("says who asks, unless the plan says otherwise or names its own", () => {
  const named = { identify: true, headers: [{ name: "user-agent", value: "me" }] };
  expect(headerOf("User-Agent", { identify: true })).toMatch(/^tidemark\/\d/);
  expect(headerOf("Tidemark-Run", { identify: true })).toBe(context.run);
  expect(headerOf("User-Agent", named)).toBeUndefined();
  expect(headerOf("user-agent", named)).toBe("me");
  expect(headerOf("Tidemark-Run", named)).toBe(context.run);
  expect(open({}).next().headers).toEqual([]);
});

test("spreads weighted requests smoothly and keeps what never changes", () => {
  const requests = [
    { weight: 50, path: "/a" },
    { weight: 10, path: "/b", method: "POST" as const, body: "x" },
    { weight: 10 },
  ];
  const sent = take(14, { requests });
  expect(sent.map(({ path }) => path).join(" ")).toBe(
    "/a /a /b /a /base?q=1 /a /a /a /a /b /a /base?q=1 /a /a",
  );
  expect(sent[0]).toBe(sent[1]);
  expect(sent[2]).toMatchObject({ method: "POST", body: Buffer.from("x") });
});

test("every generator sends the mix of the plan, beginning at its own place", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 9 }),
      (weights, index) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const requests = weights.map((weight, at) => ({ weight, path: `/${at}` }));
        const paths = take(total, { requests }, { share: { index, of: 10 } }).map(
          ({ path }) => path,
        );
        weights.forEach((weight, at) =>
          expect(paths.filter((path) => path === `/${at}`)).toHaveLength(weight),
        );
      },
    ),
  );
});

test("a request's own headers replace the plan's of the same name", () => {
  const headers = [
    { name: "Accept", value: "a" },
    { name: "X", value: "common" },
  ];
  const requests = [{ weight: 1, headers: [{ name: "accept", value: "b" }] }];
  expect(open({ headers, requests }).next().headers).toMatchObject([
    { name: "X", value: "common" },
    { name: "accept", value: "b" },
  ]);
});

test("ids are unique in the run, across its parts, and none is within another", () => {
  const body = "{{id}} {{index}}";
  const parts = [0, 1].flatMap((index) => take(40, { body }, { share: { index, of: 2 } }));
  const ids = parts.map(({ id }) => id);
  expect(new Set(ids).size).toBe(80);
  expect(new Set(ids.map(({ length }) => length)).size).toBe(1);
  expect(parts.map((part) => part.body.toString())).toEqual(
    parts.map(({ id }, at) => `${id} ${at % 40}`),
  );
});

test("a UUID is another each time", () => {
  const [first, second] = take(2, { body: "{{uuid}}" }).map(({ body }) => body.toString());
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(first).not.toBe(second);
});

const csv = "name\na\nb\nc";
const rows = (order: "cycle" | "random" | "once", count: number, share = context.share) =>
  take(count, { feed: { csv, order }, body: "{{feed.name}}" }, { share }).map(({ body }) =>
    body.toString(),
  );

test("rows go round in the order of the whole run, whoever sends them", () => {
  expect(rows("cycle", 5).join("")).toBe("abcab");
  expect(rows("cycle", 3, { index: 0, of: 2 }).join("")).toBe("acb");
  expect(rows("cycle", 3, { index: 1, of: 2 }).join("")).toBe("bac");
});

test("random rows are the same for the same part and others for another", () => {
  const first = rows("random", 60);
  expect(rows("random", 60)).toEqual(first);
  expect(rows("random", 60, { index: 1, of: 2 })).not.toEqual(first);
  for (const name of ["a", "b", "c"])
    expect(first.filter((row) => row === name).length).toBeGreaterThan(8);
});

test("rows that are sent once run out, with the reason", () => {
  expect(rows("once", 2, { index: 0, of: 2 }).join("")).toBe("ac");
  expect(() => rows("once", 4)).toThrow(NothingToSend);
  expect(() => rows("once", 3, { index: 0, of: 2 })).toThrow("all 3 were sent once");
});

test.each<[string, LoadPlan["auth"], Record<string, string>, RegExp]>([
  [
    "basic, in UTF-8",
    { kind: "basic", username: "jürgen", passwordSecret: "p" },
    { p: "s:1" },
    /^Basic asO8cmdlbjpzOjE=$/,
  ],
  ["bearer", { kind: "bearer", tokenSecret: "t" }, { t: "abc" }, /^Bearer abc$/],
  [
    "OAuth 1.0 PLAINTEXT as MAAS wants it",
    { kind: "oauth1", keySecret: "k" },
    { k: "con:tok:sec" },
    /^OAuth oauth_version="1\.0", oauth_signature_method="PLAINTEXT", oauth_consumer_key="con", oauth_token="tok", oauth_signature="%26sec", oauth_nonce="[0-9a-f]{32}", oauth_timestamp="\d{10}"$/,
  ],
])("authorizes by %s", (_, auth, secrets, expected) => {
  expect(headerOf("Authorization", { auth: auth! }, { secrets })).toMatch(expected);
});

test("no OAuth nonce comes twice", () => {
  const auth = { kind: "oauth1", keySecret: "k" } as const;
  const sent = take(50, { auth }, { secrets: { k: "a:b:c" } });
  expect(new Set(sent.map(({ headers }) => headers[0]!.value)).size).toBe(50);
});

test.each<[string, Partial<LoadPlan>, Record<string, string>, string]>([
  ["a missing secret", { body: "{{secret.gone}}" }, {}, "secret gone"],
  ["an inherited name", { body: "{{secret.constructor}}" }, {}, "secret constructor"],
  [
    "a line break in a header",
    { headers: [{ name: "X", value: "{{secret.s}}" }] },
    { s: "hush\n" },
    "secret s",
  ],
  [
    "a line break in a path",
    { requests: [{ weight: 1, path: "/{{secret.s}}" }] },
    { s: "hush\r" },
    "secret s",
  ],
  [
    "a character that would become a line break",
    { headers: [{ name: "X", value: "{{secret.s}}" }] },
    { s: "hush\u010a" },
    "secret s",
  ],
  [
    "a token on two lines",
    { auth: { kind: "bearer", tokenSecret: "s" } },
    { s: "hush\nX: y" },
    "secret s",
  ],
  ["a key of two parts", { auth: { kind: "oauth1", keySecret: "s" } }, { s: "hush:b" }, "secret s"],
  [
    "a feed's line break in a header",
    {
      headers: [{ name: "X", value: "{{feed.b}}" }],
      feed: { csv: 'a,b\n1,2\n3,"hush\nX: y"', order: "cycle" },
    },
    {},
    "line 3, column b",
  ],
])("refuses %s, naming where it is from but not what it holds", (_, change, secrets, named) => {
  const act = () => open(change, { secrets });
  expect(act).toThrow(PlanRejected);
  expect(act).toThrow(named);
  expect(act).not.toThrow("hush");
});

test("whatever feed and secret hold, a path stays one word and a header one line, or the plan is refused", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({
      unit: fc.constantFrom("\r", "\n", "\0", " ", "a", "%", "/", "\u010a", "\ud800", "é"),
    }),
  );
  fc.assert(
    fc.property(text, text, (value, secret) => {
      const feed = { csv: `v\n"${value.replaceAll('"', '""')}"`, order: "cycle" } as const;
      const change: LoadPlan = {
        ...plan,
        feed,
        requests: [{ weight: 1, path: "/x{{feed.v}}?{{secret.s}}" }],
        headers: [{ name: "X", value: "{{feed.v}}{{secret.s}}" }],
        body: "{{feed.v}}",
      };
      expect(planFault(change)).toBeUndefined();
      try {
        const parts = openRequests(change, { ...context, secrets: { s: secret } }).next();
        expect(parts.path).toMatch(/^\/x[!-~]*$/);
        expect(parts.headers[0]!.value).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
        expect(parts.body.toString()).toBe(value.toWellFormed());
      } catch (cause) {
        expect(cause).toBeInstanceOf(PlanRejected);
      }
    }),
    { numRuns: 500 },
  );
});

test("a value in a path means itself", () => {
  const feed = { csv: 'v\n"a/b?c=d&e f%é#"', order: "cycle" } as const;
  const requests = [{ weight: 1, path: "/ü?x={{feed.v}}&y=%20" }];
  expect(open({ feed, requests }).next().path).toBe(
    "/%C3%BC?x=a/b%3Fc%3Dd%26e%20f%25%C3%A9%23&y=%20",
  );
});
