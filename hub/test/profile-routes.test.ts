// Profiles through the hub's own door.
import { Problem, Profile, ProfileList, type ProfileSpec, RevisionList } from "@tidemark/proto";
import { Type } from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestHub, bodyOf, startTestHub } from "./running-hub.ts";

let hub: TestHub;
const log: string[] = [];
beforeAll(async () => {
  hub = await startTestHub({}, { write: (line) => void log.push(line) });
});
afterAll(() => hub?.stop());

const spec = (name: string, more: Partial<ProfileSpec> = {}): ProfileSpec => ({
  name,
  load: { target: "http://127.0.0.1:8080/", ratePerSecond: 100, durationSeconds: 30 },
  placement: { selector: "role=rack" },
  ...more,
});

async function ask<S extends Parameters<typeof bodyOf>[1]>(
  request: string,
  schema: S,
  body?: unknown,
  status = 200,
): Promise<Awaited<ReturnType<typeof bodyOf<S>>>> {
  const [method = "", path = ""] = request.split(" ");
  const response = await hub.fetch(`/api/v1${path}`, {
    method,
    token: method === "GET" ? hub.tokens.viewer : hub.tokens.operator,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.clone().text();
  expect(response.status, text).toBe(status);
  return await bodyOf(response, schema);
}
const make = (name: string, more?: Partial<ProfileSpec>) =>
  ask("POST /profiles", Profile, spec(name, more), 201);

test("a profile is made, listed, edited, read at both revisions, archived and restored", async () => {
  const made = await make("life", {
    description: "a whole life",
    labels: { team: "maas" },
    variants: [{ labels: { release: "3.5" } }, { labels: { release: "3.6" } }],
  });
  expect(made.remarks).toEqual(["no agent matches role=rack"]);
  const edit = { revision: 1, spec: spec("life, edited") };
  const edited = await ask(`PUT /profiles/${made.id}`, Profile, edit);
  expect(edited).toMatchObject({ revision: 2, revisedBy: "local", spec: edit.spec });
  expect(await ask(`GET /profiles/${made.id}`, Profile)).toEqual(edited);
  expect(await ask(`GET /profiles/${made.id}/revisions/1`, Profile)).toEqual(made);
  const { items } = await ask(`GET /profiles/${made.id}/revisions`, RevisionList);
  expect(items.map(({ revision, revisedBy }) => [revision, revisedBy])).toEqual([
    [2, "local"],
    [1, "local"],
  ]);
  const listed = await ask("GET /profiles", ProfileList);
  expect(listed.items.find(({ id }) => id === made.id)).toMatchObject({
    name: "life, edited",
    driver: "http1",
    shape: "100/s for 30 s",
    variants: [],
    lastRun: null,
    archivedAtMs: null,
  });
  const archived = await ask(`POST /profiles/${made.id}/archive`, Profile);
  expect(archived.archivedAtMs).toBeGreaterThan(0);
  const names = async (query: string) =>
    (await ask(`GET /profiles${query}`, ProfileList)).items.map(({ name }) => name);
  expect(await names("")).not.toContain("life, edited");
  expect(await names("?archived=true")).toEqual(["life, edited"]);
  await ask(`POST /profiles/${made.id}/restore`, Profile);
  expect(await names("?archived=true")).toEqual([]);
  const audited = log
    .map((line) => JSON.parse(line))
    .filter(({ msg, subject }) => msg === "audit" && subject === made.id)
    .map(({ action, detail }) => [action, detail]);
  expect(audited).toEqual([
    ["profile-created", "life"],
    ["profile-revised", "revision 2"],
    ["profile-archived", "life, edited"],
    ["profile-restored", "life, edited"],
  ]);
});

test("an edit of another revision than the latest is a conflict that names who was faster", async () => {
  const { id } = await make("stale");
  await ask(`PUT /profiles/${id}`, Profile, { revision: 1, spec: spec("stale") });
  const edit = { revision: 1, spec: spec("stale") };
  const problem = await ask(`PUT /profiles/${id}`, Problem, edit, 409);
  expect(problem).toMatchObject({ code: "conflict", field: "/revision" });
  expect(problem.detail).toContain("revision 2 was made by local");
});

test("two profiles do not share a name", async () => {
  await make("Twice");
  const problem = await ask("POST /profiles", Problem, spec("twice"), 409);
  expect(problem).toMatchObject({ code: "conflict", field: "/name" });
});

test.each<[string, string, object, string]>([
  ["a field nobody knows", "POST /profiles", { ...spec("x"), colour: "red" }, "/colour"],
  ["no placement", "POST /profiles", spec("x", { placement: {} }), "/placement"],
  [
    "a secret in a header",
    "POST /profiles",
    spec("x", {
      load: { ...spec("").load, headers: [{ name: "Authorization", value: "Bearer hunter2" }] },
    }),
    "/load/headers/0/value",
  ],
  [
    "a label that is none",
    "POST /profiles",
    spec("x", { variants: [{ labels: { Release: "3" } }] }),
    "/variants/0/labels",
  ],
])("%s is refused with its field, and no secret is told", async (_what, request, body, field) => {
  const problem = await ask(request, Problem, body, 400);
  expect(problem.code).toBe("invalid-request");
  expect(problem.field).toContain(field);
  expect(JSON.stringify(problem)).not.toContain("hunter2");
});

test("a fault of an edit is told where the edit has it", async () => {
  const { id } = await make("faulty edit");
  const edit = { revision: 1, spec: spec("faulty edit", { placement: {} }) };
  const problem = await ask(`PUT /profiles/${id}`, Problem, edit, 400);
  expect(problem.field).toBe("/spec/placement");
});

test.each([
  ["GET /profiles/aaaaaaaaaaaaaaaa", 404],
  ["GET /profiles/aaaaaaaaaaaaaaaa/revisions", 404],
  ["GET /profiles/aaaaaaaaaaaaaaaa/revisions/1", 404],
  ["GET /profiles/aaaaaaaaaaaaaaaa/revisions/0", 400],
  ["POST /profiles/aaaaaaaaaaaaaaaa/archive", 404],
  ["POST /profiles/aaaaaaaaaaaaaaaa/restore", 404],
])("%s answers %d", async (request, status) => {
  await ask(request, Problem, undefined, status);
});

test("whoever may only read makes no profile", async () => {
  const response = await hub.fetch("/api/v1/profiles", {
    method: "POST",
    token: hub.tokens.viewer,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(spec("viewer's")),
  });
  expect((await bodyOf(response, Type.Object({ code: Type.String() }))).code).toBe("forbidden");
});
