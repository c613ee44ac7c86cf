// Performance profiles as Meshery's API and interface write them.
import type { ProfileDraft } from "@tidemark/proto";
import { expect, test } from "vitest";
import { importProfiles } from "./import.ts";

const read = (value: unknown) => importProfiles(JSON.stringify(value));
const fields = (notes: ProfileDraft["remarks"]) => notes.map(({ field }) => field);

/** schemas v1beta3, camelCase. */
const current = {
  id: "1f1f4c1e-9d3f-4b4b-8a2f-000000000001",
  owner: "1f1f4c1e-9d3f-4b4b-8a2f-000000000002",
  schedule: "1f1f4c1e-9d3f-4b4b-8a2f-000000000003",
  name: "bookinfo",
  loadGenerators: ["fortio"],
  endpoints: ["http://bookinfo:9080/productpage"],
  serviceMesh: "Istio",
  concurrentRequest: 8,
  qps: 100,
  duration: "1m30s",
  requestHeaders: '{"Accept": "text/html"}',
  requestCookies: '{"sessionid": "hunter2"}',
  requestBody: "",
  contentType: "text/plain",
  metadata: {
    additional_options: '{"HTTPReqTimeOut": "3s"}',
    ca_certificate: { name: "ca.pem", file: "-----BEGIN CERTIFICATE-----\nMII=\n" },
  },
  lastRun: null,
  totalResults: 3,
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
};
const expected = {
  name: "bookinfo",
  labels: { mesh: "istio" },
  placement: {},
  load: {
    target: "http://bookinfo:9080/productpage",
    durationSeconds: 90,
    ratePerSecond: 100,
    connections: 8,
    timeoutMs: 3_000,
    headers: [
      { name: "Accept", value: "text/html" },
      { name: "Content-Type", value: "text/plain" },
      { name: "Cookie", value: "sessionid={{secret.sessionid}}" },
    ],
  },
};

test("a profile of today's schema", () => {
  const { kind, drafts } = read(current);
  expect(kind).toBe("meshery");
  expect(drafts[0]!.spec).toEqual(expected);
  expect(fields(drafts[0]!.missing)).toEqual(["/placement"]);
  expect(fields(drafts[0]!.remarks)).toEqual([
    "",
    "",
    "/load/headers/2/value",
    "/load/tls/ca",
    "/load/driver",
  ]);
  expect(drafts[0]!.remarks.map(({ reason }) => reason).join("\n")).toMatch(
    /schedule is not carried[^]*id, owner, createdAt[^]*fortio/,
  );
  expect(JSON.stringify(drafts)).not.toContain("hunter2");
});

test("a page of profiles in the older snake_case is a draft for each", () => {
  const old = {
    name: "old",
    load_generators: ["wrk2", "fortio"],
    endpoints: ["http://a/"],
    service_mesh: "LINKERD",
    concurrent_request: 1,
    qps: 10,
    duration: "30s",
    request_headers: "",
    request_cookies: "{}",
    request_body: "x",
    content_type: "",
    last_run: "2021-07-13T00:00:00Z",
  };
  const { kind, drafts } = read({ page: 0, page_size: 10, profiles: [old, { ...old, qps: 0 }] });
  expect(kind).toBe("meshery");
  expect(drafts[0]!.spec).toEqual({
    name: "old",
    labels: { mesh: "linkerd" },
    placement: {},
    load: {
      driver: "wrk2",
      target: "http://a/",
      durationSeconds: 30,
      ratePerSecond: 10,
      connections: 1,
      method: "POST",
      body: "x",
    },
  });
  expect(fields(drafts[0]!.remarks)).toEqual(["", "/load/driver", "/load/method"]);
  // wrk2 has no such thing as "unthrottled".
  expect(drafts[1]!.spec.load).not.toHaveProperty("driver");
  expect(drafts[1]!.spec.load.pacing).toEqual({ kind: "max" });
});

test("several endpoints for a generator that takes one are variants; for none, requests", () => {
  const endpoints = ["http://a/1", "http://a/2"];
  const of = (more: object) => read({ name: "a", endpoints, qps: 1, duration: "1s", ...more });
  expect(of({ loadGenerators: ["fortio"] }).drafts[0]!.spec.variants).toHaveLength(2);
  expect(of({}).drafts[0]!.spec.load.requests).toHaveLength(2);
});

test("what is not there is guessed aloud, or missing", () => {
  const { drafts } = importProfiles(JSON.stringify([{ concurrentRequest: 5 }]), "meshery");
  expect(fields(drafts[0]!.remarks)).toEqual(["/name", "/load/durationSeconds"]);
  expect(fields(drafts[0]!.missing)).toEqual(["/load/target", "/placement"]);
});
