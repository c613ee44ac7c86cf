// Schedules and the calendar through the API of a whole hub, and as `tidemark schedule` asks for them.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  Calendar,
  Firing,
  FiringList,
  Problem,
  Profile,
  Schedule,
  ScheduleList,
  SchedulePreview,
  newId,
} from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./metrics-source.ts";
import { type TestHub, bodyOf, startTestHub } from "./running-hub.ts";

let hub: TestHub;
let profile: Profile;
const lines: string[] = [];
beforeAll(async () => {
  hub = await startTestHub({}, { write: (line) => lines.push(line) });
  profile = await bodyOf(await send("POST", "/profiles", profileNamed("machine list")), Profile);
});
afterAll(() => hub?.stop());

const profileNamed = (name: string) => ({
  name,
  load: { target: "http://127.0.0.1:1/", ratePerSecond: 10, durationSeconds: 600 },
  placement: { agents: [newId()] },
  variants: [{ labels: { release: "3.5" } }, { labels: { release: "3.6" } }],
});

function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return hub.fetch(`/api/v1${path}`, {
    method,
    token: hub.tokens.operator,
    headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}
const spec = (change: object = {}) => ({
  name: "nightly",
  profile: profile.id,
  cron: "30 2 * * 1-5",
  timeZone: "Europe/Vienna",
  ...change,
});
async function made(change: object = {}): Promise<Schedule> {
  const response = await send("POST", "/schedules", spec(change));
  expect(response.status).toBe(201);
  return await bodyOf(response, Schedule);
}

test("a schedule is kept, changed, paused and removed, and the audit knows", async () => {
  const schedule = await made();
  expect(schedule).toMatchObject({ words: "every weekday at 02:30", profileName: "machine list" });
  expect(schedule.nextMs).toHaveLength(5);

  const paused = await send("PUT", `/schedules/${schedule.id}`, spec({ paused: true }));
  expect((await bodyOf(paused, Schedule)).nextMs).toEqual([]);
  const list = await bodyOf(await send("GET", "/schedules"), ScheduleList);
  expect(list.items.map(({ id }) => id)).toContain(schedule.id);
  expect(list.leader).not.toBeNull();

  expect((await send("DELETE", `/schedules/${schedule.id}`)).status).toBe(204);
  expect((await send("GET", `/schedules/${schedule.id}`)).status).toBe(404);
  const actions = lines.map((line) => JSON.parse(line).action).filter(Boolean);
  expect(actions).toEqual(
    expect.arrayContaining(["schedule-created", "schedule-changed", "schedule-removed"]),
  );
});

describe("refuses with the field", () => {
  test.each([
    ["an impossible day", { cron: "0 2 30 2 *" }, 400, "/cron"],
    ["seconds", { cron: "*/30 * * * * *" }, 400, "/cron"],
    ["an hour that is none", { cron: "0 24 * * *" }, 400, "/cron"],
    ["a zone that is none", { timeZone: "Mars/Base" }, 400, "/timeZone"],
    ["jitter past the next time", { cron: "* * * * *", jitterSeconds: 60 }, 400, "/jitterSeconds"],
    [
      "a blackout that ends first",
      { blackouts: [{ kind: "once", fromMs: 2, untilMs: 1 }] },
      400,
      "/blackouts/0/untilMs",
    ],
    ["a profile that is none", { profile: newId() }, 404, "/profile"],
    ["variants that are none", { variants: "release=4.0" }, 400, "/variants"],
    ["a selector that is none", { variants: "release in (" }, 400, "/variants"],
    ["a policy that is none", { overlap: "hope" }, 400, "/overlap"],
  ])("%s", async (_what, change, status, field) => {
    const response = await send("POST", "/schedules", spec(change));
    expect(response.status).toBe(status);
    expect(await bodyOf(response, Problem)).toMatchObject({ field });
  });

  test("an archived profile", async () => {
    const other = await bodyOf(await send("POST", "/profiles", profileNamed("gone")), Profile);
    await send("POST", `/profiles/${other.id}/archive`);
    const response = await send("POST", "/schedules", spec({ profile: other.id }));
    expect(await bodyOf(response, Problem)).toMatchObject({ code: "conflict", field: "/profile" });
  });

  test.each([
    ["backwards", "fromMs=2&untilMs=1"],
    ["of a year", `fromMs=0&untilMs=${365 * 86_400_000}`],
  ])("a calendar %s", async (_what, query) => {
    const response = await send("GET", `/calendar?${query}`);
    expect(await bodyOf(response, Problem)).toMatchObject({ field: "/untilMs" });
  });
});

test("run now starts a campaign with the firing's id, once for a key", async () => {
  const { id } = await made({ name: "by hand", paused: true, variants: "release=3.6" });
  const key = { "idempotency-key": "deploy 7" };
  const first = await bodyOf(await send("POST", `/schedules/${id}/run`, undefined, key), Firing);
  const again = await bodyOf(await send("POST", `/schedules/${id}/run`, undefined, key), Firing);
  expect(again).toEqual(first);
  const campaign = await send("GET", `/campaigns/${first.campaign}`);
  expect(await campaign.json()).toMatchObject({
    schedule: id,
    steps: [{ variant: { release: "3.6" } }],
  });
  const { items } = await bodyOf(await send("GET", `/schedules/${id}/firings`), FiringList);
  expect(items).toEqual([first]);
});

test("what is due fires by itself, and the calendar shows it with what will conflict", async () => {
  const one = await made({ name: "each minute", cron: "* * * * *", timeZone: "UTC" });
  await made({ name: "beside it", cron: "* * * * *", timeZone: "UTC", overlap: "queue" });
  const fired = await until(
    "a firing",
    async () => {
      const response = await send("GET", `/schedules/${one.id}/firings`);
      return (await bodyOf(response, FiringList)).items[0];
    },
    75_000,
  );
  expect(fired).toMatchObject({ outcome: "started", isManual: false });
  const nowMs = Date.now();
  const query = `fromMs=${nowMs - 3_600_000}&untilMs=${nowMs + 600_000}`;
  const calendar = await bodyOf(await send("GET", `/calendar?${query}`), Calendar);
  expect(calendar.entries.map(({ id }) => id)).toContain(fired.id);
  const planned = calendar.entries.filter(({ kind }) => kind === "planned");
  expect(planned.length).toBeGreaterThan(10);
  expect(planned.every(({ conflicts }) => conflicts.length > 0)).toBe(true);
}, 120_000);

test("a preview says what an expression means", async () => {
  const response = await send("POST", "/schedules/preview", {
    cron: "30 2 * * *",
    timeZone: "Europe/Vienna",
  });
  const preview = await bodyOf(response, SchedulePreview);
  expect(preview.words).toBe("every day at 02:30");
  expect(preview.nextMs).toHaveLength(5);
  expect(preview.remarks).toHaveLength(2);
});

describe("tidemark schedule", () => {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const tidemark = async (...args: string[]) => {
    const env = { ...process.env, TIDEMARK_URL: hub.url, TIDEMARK_TOKEN: hub.tokens.operator };
    const { stdout } = await promisify(execFile)(process.execPath, [main, "schedule", ...args], {
      env,
    });
    return stdout.trim();
  };

  test("makes one from plain words, shows, pauses, resumes, runs and removes it", async () => {
    const when = ["--every", "weekday at 02:30", "--zone", "Europe/Vienna"];
    const id = await tidemark(
      "create",
      "typed",
      "--profile",
      "Machine List",
      ...when,
      "--blackout",
      "mon:02:00-03:00",
    );
    expect(await tidemark("list")).toContain("every weekday at 02:30");
    expect(await tidemark("show", "typed")).toContain("next starts");
    expect(await tidemark("pause", "typed")).toBe("typed is paused");
    expect(JSON.parse(await tidemark("resume", id, "--json")).spec.paused).toBe(false);
    expect(await tidemark("run", "typed")).toMatch(/^[a-z2-7]{16}$/);
    expect(await tidemark("calendar", "--days", "2")).toContain("KIND");
    expect(await tidemark("remove", "typed")).toBe("typed is removed");
  });

  test("previews, and says what it does not understand", async () => {
    expect(await tidemark("preview", "--cron", "0 4 L * *")).toContain(
      "on the last day of every month at 04:00",
    );
    await expect(tidemark("preview", "--every", "blue moon")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("every weekday at 02:30"),
    });
    await expect(tidemark("preview", "--cron", "0 2 30 2 *")).rejects.toMatchObject({ code: 2 });
    await expect(tidemark("preview")).rejects.toMatchObject({ code: 2 });
  });
});
