// Documents of every dialect that is about, written from SMP's proto and from what Meshery reads and writes.
import type { ProfileDraft } from "@tidemark/proto";
import { expect, test } from "vitest";
import { importProfiles } from "./import.ts";

const only = (text: string): ProfileDraft => {
  const { kind, drafts } = importProfiles(text);
  expect(kind).toBe("smp");
  expect(drafts).toHaveLength(1);
  return drafts[0]!;
};
const fields = (notes: ProfileDraft["remarks"]) => notes.map(({ field }) => field);
const unplaced = [{ field: "/placement", reason: expect.stringContaining("who generates") }];

/** As in SMP's own repository and Meshery's documentation. */
const wrapped = `test:
  smp_version: v0.0.1
  name: Istio Performance Test
  labels: {}
  clients:
    - internal: false
      load_generator: fortio
      protocol: 1
      connections: 2
      rps: 10
      headers: {}
      cookies: {}
      body: ''
      content_type: ''
      endpoint_urls:
        - 'http://localhost:2323/productpage'
  duration: '30m'
mesh:
  type: 3
`;
const expected = {
  name: "Istio Performance Test",
  labels: { mesh: "istio" },
  placement: {},
  load: {
    driver: "fortio",
    target: "http://localhost:2323/productpage",
    durationSeconds: 1_800,
    ratePerSecond: 10,
    connections: 2,
  },
};

test.each<[string, string]>([
  ["Meshery's wrapper in snake_case", wrapped],
  [
    "a bare configuration with names of enums",
    wrapped
      .replace(/^mesh:[^]*/m, "")
      .replace("test:\n", "")
      .replace(/^ {2}/gm, "")
      .replace("protocol: 1", "protocol: PROTOCOL_HTTP")
      .replace("labels: {}", "labels: {mesh: istio}"),
  ],
  [
    "Meshery's own JSON twin in camelCase",
    JSON.stringify({
      smpVersion: "v0.0.1",
      name: "Istio Performance Test",
      labels: { mesh: "istio" },
      clients: [
        {
          internal: false,
          loadGenerator: "fortio",
          protocol: "http",
          connections: 2,
          rps: 10,
          headers: {},
          cookies: {},
          body: "",
          contentType: "",
          endpointUrls: ["http://localhost:2323/productpage"],
          sslCertificate: "",
          additionalOptions: "",
        },
      ],
      duration: "30m",
    }),
  ],
  [
    "protojson: 64 bits as text, names of enums, maps as JSON in a text",
    JSON.stringify({
      test: {
        smpVersion: "v0.0.1",
        name: "Istio Performance Test",
        clients: [
          {
            loadGenerator: "fortio",
            protocol: "PROTOCOL_HTTP",
            connections: "2",
            rps: "10",
            headers: "{}",
            cookies: "",
            endpointUrls: ["http://localhost:2323/productpage"],
          },
        ],
        duration: "1800s",
      },
      mesh: { type: "ISTIO" },
    }),
  ],
  [
    "the dialect of 2020: smpsVersion and one endpoint",
    JSON.stringify({
      test: {
        smpsVersion: "v0.0.1",
        name: "Istio Performance Test",
        clients: [
          {
            load_generator: "fortio",
            protocol: "HTTP",
            connections: 2,
            rps: 10,
            endpoint_url: "http://localhost:2323/productpage",
          },
        ],
        duration: "0h30m0s",
      },
      mesh: "istio",
    }),
  ],
])("%s is the same profile", (_dialect, text) => {
  expect(only(text)).toEqual({ spec: expected, remarks: [], missing: unplaced });
});

/** One client with these fields. */
const client = (more: object, test: object = {}) =>
  JSON.stringify({
    name: "a",
    duration: "10s",
    clients: [{ protocol: 1, rps: 1, endpoint_urls: ["http://a:80/"], ...more }],
    ...test,
  });

test("no rate is as fast as possible", () => {
  for (const rps of [0, "0", -1, undefined])
    expect(only(client({ rps })).spec.load).toEqual({
      target: "http://a/",
      durationSeconds: 10,
      pacing: { kind: "max" },
    });
});

test("a body is sent by POST, which is said, with its type as a header", () => {
  const { spec, remarks } = only(
    client({ body: '{"a": "{{x}}"}', content_type: "application/json", headers: { A: "b" } }),
  );
  expect(spec.load).toMatchObject({
    method: "POST",
    body: '{"a": "{{{{x}}"}',
    headers: [
      { name: "A", value: "b" },
      { name: "Content-Type", value: "application/json" },
    ],
  });
  expect(fields(remarks)).toEqual(["/load/method"]);
});

test("what usually holds a secret becomes the name of one, and its value is nowhere", () => {
  const draft = only(
    client({
      headers: { Authorization: "Bearer hunter2" },
      cookies: { sessionid: "hunter2", "csrf-Token": "hunter2" },
    }),
  );
  expect(draft.spec.load.headers).toEqual([
    { name: "Authorization", value: "{{secret.authorization}}" },
    {
      name: "Cookie",
      value: "sessionid={{secret.sessionid}}; csrf-Token={{secret.csrf-token}}",
    },
  ]);
  expect(fields(draft.remarks)).toEqual(["/load/headers/0/value", "/load/headers/1/value"]);
  expect(draft.missing).toEqual(unplaced);
  expect(JSON.stringify(draft)).not.toContain("hunter2");
});

test.each<[string, object, string, object, string[]]>([
  [
    "an endpoint without a protocol",
    { endpoint_urls: ["a:8080/x"] },
    "http://a:8080/x",
    {},
    ["/load/target"],
  ],
  [
    "TCP without a body",
    { protocol: 2, endpoint_urls: ["a:9000"] },
    "tcp://a:9000",
    { socket: { exchange: "connect" } },
    ["/load/target", "/load/socket"],
  ],
  [
    "TCP with a body, and an endpoint as if it were HTTP",
    { protocol: "PROTOCOL_TCP", body: "{{ping", endpoint_urls: ["http://a:9000/x"] },
    "tcp://a:9000",
    { socket: { exchange: "request" }, body: "{{ping" },
    ["/load/target", "/load/socket"],
  ],
  [
    "UDP",
    { protocol: "udp", body: "ping", endpoint_urls: ["udp://a:9000"] },
    "udp://a:9000",
    { socket: { exchange: "request" } },
    ["/load/socket"],
  ],
  [
    "gRPC",
    { protocol: 4, endpoint_urls: ["https://a:443/"] },
    "grpcs://a:443/",
    { grpc: { call: "health", method: "" } },
    ["/load/target", "/load/grpc"],
  ],
])("%s", (_what, more, target, load, remarks) => {
  const draft = only(client(more));
  expect(draft.spec.load).toMatchObject({ target, ...load });
  expect(fields(draft.remarks)).toEqual(remarks);
});

test("a WebSocket is known by its label, as Tidemark writes it", () => {
  const labels = { "x-protocol": "websocket", team: "maas" };
  const { spec, remarks, missing } = only(
    client({ endpoint_urls: ["https://maas:5240/MAAS/ws"] }, { labels }),
  );
  expect(spec.load.target).toBe("wss://maas:5240/MAAS/ws");
  expect(spec.labels).toEqual({ team: "maas" });
  expect(fields(remarks)).toEqual(["/load/target"]);
  expect(missing).toEqual(unplaced);
});

test("several endpoints of one host take turns", () => {
  const { spec, remarks } = only(
    client({ endpoint_urls: ["http://a/1?x=y", "http://a/2", "http://a/3#z"] }),
  );
  expect(spec.load.target).toBe("http://a/1?x=y");
  expect(spec.load.requests).toEqual([
    { weight: 1, path: "/1?x=y" },
    { weight: 1, path: "/2" },
    { weight: 1, path: "/3" },
  ]);
  expect(fields(remarks)).toEqual(["/load/requests"]);
});

test("several endpoints of several hosts, or for a generator that knows one, are variants", () => {
  const { spec, remarks } = only(client({ endpoint_urls: ["http://a/", "http://b/x"] }));
  expect(spec.variants).toEqual([
    { labels: { endpoint: "1 a/" } },
    { labels: { endpoint: "2 b/x" }, target: "http://b/x" },
  ]);
  expect(fields(remarks)).toEqual(["/variants"]);
  const fortio = only(
    client({ load_generator: "fortio", endpoint_urls: ["http://a/", "http://a/x"] }),
  );
  expect(fortio.spec.load.driver).toBe("fortio");
  expect(fortio.spec.variants).toHaveLength(2);
});

test("clients that send the same are one load of all together", () => {
  const each = { protocol: 1, rps: 10, connections: 4, endpoint_urls: ["http://a/"] };
  const { spec, remarks } = only(
    JSON.stringify({ duration: "5s", name: "a", clients: [each, each] }),
  );
  expect(spec.load).toMatchObject({ ratePerSecond: 20, connections: 8 });
  expect(fields(remarks)).toEqual(["/placement"]);
});

test("clients that differ are a profile each, and every one says so", () => {
  const { drafts } = importProfiles(
    JSON.stringify({
      name: "a",
      duration: "5s",
      clients: [10, 20].map((rps) => ({ protocol: 1, rps, endpoint_urls: ["http://a/"] })),
    }),
  );
  expect(drafts.map(({ spec }) => [spec.name, spec.load.ratePerSecond])).toEqual([
    ["a (client 1)", 10],
    ["a (client 2)", 20],
  ]);
  for (const { remarks } of drafts) expect(fields(remarks)).toContain("/load");
});

test("an unknown generator, and one that cannot do what is asked, give way and it is said", () => {
  const unknown = only(client({ load_generator: "locust" }));
  expect(unknown.spec.load.driver).toBeUndefined();
  expect(unknown.remarks).toEqual([
    { field: "/load/driver", reason: expect.stringContaining("locust is not known here") },
  ]);
  const unable = only(client({ load_generator: "wrk2", rps: 0 }));
  expect(unable.spec.load.driver).toBeUndefined();
  expect(unable.remarks).toEqual([
    { field: "/load/driver", reason: expect.stringContaining("wrk2 always wants a rate") },
  ]);
});

test("a certificate is trusted where it is one and the target speaks TLS", () => {
  const ssl_certificate = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----";
  const https = only(client({ ssl_certificate, endpoint_urls: ["https://a/"] }));
  expect(https.spec.load.tls).toEqual({ ca: ssl_certificate });
  for (const [more, reason] of [
    [{ ssl_certificate }, /not spoken over TLS/],
    [{ ssl_certificate: "a.pem", endpoint_urls: ["https://a/"] }, /no PEM/],
    [{ ssl_certificate: `-----BEGIN PRIVATE KEY-----${ssl_certificate}` }, /with a private key/],
  ] as const) {
    const { spec, remarks } = only(client(more));
    expect(spec.load.tls).toBeUndefined();
    expect(remarks).toEqual([{ field: "/load/tls/ca", reason: expect.stringMatching(reason) }]);
  }
});

test("options of the generator are carried over where they mean something", () => {
  const additional_options = JSON.stringify({
    MethodOverride: "PUT",
    FollowRedirects: true,
    HTTPReqTimeOut: 2e9,
    Insecure: true,
    H2: true,
    SequentialWarmup: true,
  });
  const { spec, remarks } = only(client({ additional_options, endpoint_urls: ["https://a/"] }));
  expect(spec.load).toMatchObject({
    driver: "http2",
    method: "PUT",
    timeoutMs: 2_000,
    tls: { skipVerify: true },
  });
  expect(remarks).toEqual([
    { field: "/load", reason: expect.stringContaining("SequentialWarmup") },
  ]);
  const none = only(client({ additional_options: "-c 5" }));
  expect(none.remarks).toEqual([{ field: "/load", reason: expect.stringContaining("no JSON") }]);
});

test("what nobody knows, and what a profile cannot have, is said and not dropped in silence", () => {
  const { spec, remarks } = only(
    JSON.stringify({
      test: {
        smp_version: "v7",
        id: "9b1d",
        name: "a\u202eb",
        labels: { ok: "1", "not ok": "2" },
        retries: 5,
        clients: [
          {
            internal: true,
            protocol: 0,
            rps: 1,
            think: 3,
            empty: "",
            endpoint_urls: ["http://a/"],
            headers: { "bad name": "x", good: "line\nbreak" },
            cookies: { "bad cookie": "x" },
          },
        ],
        duration: "48h",
      },
      mesh: { type: 0, version: "1.9", annotations: { a: "b" } },
      extra: { a: 1 },
    }),
  );
  expect(spec).toMatchObject({
    name: "ab",
    labels: { ok: "1", "mesh.version": "1.9" },
    load: { durationSeconds: 86_400 },
  });
  expect(spec.load.headers).toBeUndefined();
  const said = remarks.map(({ field, reason }) => `${field} ${reason}`).join("\n");
  for (const word of [
    "/name it was shortened",
    "/labels the label not ok",
    "id 9b1d",
    "smp_version is v7",
    "the mesh's annotations",
    "field retries",
    "field extra",
    "field think",
    "/load/durationSeconds 48h",
    "/placement the client is internal",
    "/load/headers bad name",
    "/load/headers good",
    "/load/headers the cookie bad cookie",
  ])
    expect(said).toContain(word);
  expect(said).not.toContain("empty");
});

test.each<[string, string, string[]]>([
  [
    "no clients",
    "clients: []\nname: a\nduration: 1s",
    ["/load/pacing", "/load/target", "/placement"],
  ],
  ["no endpoint", client({ endpoint_urls: [] }), ["/load/target", "/placement"]],
  [
    "an endpoint that is none",
    client({ endpoint_urls: ["http://"] }),
    ["/load/target", "/placement"],
  ],
  [
    "an unknown scheme",
    client({ protocol: 0, endpoint_urls: ["ftp://a/"] }),
    ["/load/target", "/placement"],
  ],
  [
    "a gRPC body without a method",
    client({ protocol: 4, body: "{}" }),
    ["/load/grpc/method", "/placement"],
  ],
  ["a UDP without a body", client({ protocol: 3 }), ["/load/body", "/placement"]],
  [
    "credentials",
    client({ endpoint_urls: ["http://me:hunter2@a/"] }),
    ["/load/target", "/placement"],
  ],
])("%s is missing", (_what, text, missing) => {
  const draft = only(text);
  expect(fields(draft.missing).toSorted()).toEqual(missing);
  expect(JSON.stringify(draft)).not.toContain("hunter2");
});
