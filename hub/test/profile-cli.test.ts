// `tidemark profile` as a user types it, against a running hub.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { AgentList, EnrolmentToken, Run } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeAgent, enrolFakeAgent } from "./fake-agent.ts";
import { startLoadAgent } from "./load-agent.ts";
import { until } from "./metrics-source.ts";
import { type TestHub, bodyOf, startTestHub } from "./running-hub.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tidemark-profile-cli-"));
let hub: TestHub;
let agent: FakeAgent;
let beating: NodeJS.Timeout | undefined;

beforeAll(async () => {
  hub = await startTestHub();
  const made = await send("/enrolment-tokens", { labels: { role: "rack" } }, hub.tokens.admin);
  agent = await enrolFakeAgent(hub, (await bodyOf(made, EnrolmentToken)).token, "rack-1");
  startLoadAgent(agent.id, agent.connection, agent.taskKey);
  beating = setInterval(() => void agent.beat().catch(() => undefined), 1_000);
  await until("the agent is online", async () => {
    const reply = await hub.fetch("/api/v1/agents", { token: hub.tokens.viewer });
    return (await bodyOf(reply, AgentList)).items[0]?.state === "online" || undefined;
  });
});
afterAll(async () => {
  clearInterval(beating);
  rmSync(folder, { recursive: true, force: true });
  await agent?.stop();
  await hub?.stop();
});

const send = (path: string, body: unknown, token: string) =>
  hub.fetch(`/api/v1${path}`, {
    method: "POST",
    token,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function tidemark(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...args], {
      env: { PATH: process.env["PATH"], TIDEMARK_DATA_DIR: hub.dataDir },
    });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "stdout" in error && "stderr" in error))
      throw error;
    return { code: Number(error.code), out: String(error.stdout), err: String(error.stderr) };
  }
}
const profile = (...args: string[]) => tidemark("profile", ...args);
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const list = `tidemark: profile/1
profile:
  name: Machine list
  load:
    target: http://maas:5240/MAAS/api/2.0/machines/
    ratePerSecond: 10
    auth:
      kind: oauth1
      keySecret: maas
  placement:
    selector: role=rack
  variants:
    - labels:
        release: "3.5"
    - labels:
        release: "3.6"
      target: http://next:5240/MAAS/api/2.0/machines/
`;

test("a profile is made from a file, shown, edited, exported, archived and restored by name", async () => {
  const created = await profile("create", file("list.yaml", list));
  expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^[a-z2-7]{16}\n$/) });
  const id = created.out.trim();

  const shown = await profile("show", "machine LIST");
  expect(shown.out).toBe(
    `# ${id}, revision 1 by local, ${shown.out.split(", ")[2]?.split("\n")[0]}\n${list}`,
  );
  expect((await profile("list")).out).toMatch(
    new RegExp(`^ID +NAME +REVISION .*\\n${id}  Machine list  1 .* 10/s for 10 s  2 +never `),
  );

  const edited = file("edited.yaml", shown.out.replace("ratePerSecond: 10", "ratePerSecond: 20"));
  const edit = await profile("edit", "machine list", edited, "--revision", "1");
  expect(edit).toMatchObject({ code: 0, out: `${id} revision 2\n` });
  const stale = await profile("edit", id, edited, "--revision", "1");
  expect([stale.code, stale.err]).toEqual([
    1,
    expect.stringContaining("revision 2 was made by local"),
  ]);

  expect((await profile("export", "machine list")).out).toBe(
    list.replace("ratePerSecond: 10", "ratePerSecond: 20"),
  );
  const json = JSON.parse((await profile("show", id, "--revision", "1", "--json")).out);
  expect([json.revision, json.spec.load.ratePerSecond]).toEqual([1, 10]);
  const smp = await profile("export", id, "--format", "smp");
  expect([smp.code, smp.err]).toEqual([
    2,
    expect.stringContaining("/variants (SMP has no variants"),
  ]);
  expect((await profile("export", id, "--format", "smp", "--lossy")).out).toContain(
    "endpoint_urls:",
  );

  expect((await profile("archive", "machine list")).out).toBe("Machine list is archived\n");
  expect((await profile("list", "--archived")).out).toContain(id);
  expect((await profile("restore", "machine list")).out).toBe("Machine list is restored\n");
});

test("a file that cannot be taken is refused with its line", async () => {
  const faulty = file("faulty.yaml", list.replace("selector: role=rack", "selektor: role=rack"));
  const refused = await profile("create", faulty);
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringMatching(
      /faulty\.yaml: line 11, \/profile\/placement\/selektor: it is not a field/,
    ),
  ]);
  const secret = file(
    "secret.yaml",
    list.replace(
      "    auth:\n      kind: oauth1\n      keySecret: maas\n",
      "    headers:\n      - {name: Authorization, value: hunter2}\n",
    ),
  );
  const leaky = await profile("create", secret);
  expect([leaky.code, leaky.err]).toEqual([2, expect.stringContaining("/load/headers/0/value")]);
  expect(leaky.err).not.toContain("hunter2");
  expect((await profile("create", join(folder, "none.yaml"))).code).toBe(2);
  expect((await profile("show", "nobody")).err).toContain("there is no profile nobody");
});

test("a document of SMP's is printed with its notes, and kept when all of it is there", async () => {
  const smp = file(
    "smp.yaml",
    "test:\n  name: bookinfo\n  duration: 30s\n  clients:\n  - load_generator: locust\n    rps: 10\n    endpoint_urls: [http://bookinfo:9080/]\n",
  );
  const printed = await profile("import", smp);
  expect(printed.out).toMatch(
    /^# note \/load\/driver: the generator locust .*\n# missing \/placement: /,
  );
  expect((await profile("import", smp, "--save")).err).toContain("nothing was kept: /placement");
  const kept = await profile("import", smp, "--save", "--agent", "rack-1", "--json");
  expect(JSON.parse(kept.out)).toMatchObject([
    { revision: 1, spec: { name: "bookinfo", placement: { agents: [agent.id] } } },
  ]);
});

test("a run is renamed and becomes a profile", async () => {
  const load = { target: "http://maas:5240/", ratePerSecond: 1, durationSeconds: 1 };
  const { id } = await bodyOf(
    await send("/runs", { agent: agent.id, ...load }, hub.tokens.operator),
    Run,
  );
  expect((await tidemark("runs", "rename", id, "a good try")).out).toBe(
    `${id} is called a good try\n`,
  );
  expect((await profile("promote", id)).out).toContain("name: a good try");
  const made = await profile("promote", id, "--name", "tried", "--save");
  expect(made.code).toBe(0);
  expect((await profile("show", "tried")).out).toContain("ratePerSecond: 1");
});
