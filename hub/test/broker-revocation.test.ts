import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthorizationError } from "@nats-io/transport-node";
import { type AgentId, metricsSubject, newId } from "@tidemark/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { atBest } from "../../deploy/test/at-best.ts";
import { type TestIdentity, connectAs, patient, startTestBroker } from "./start-test-broker.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "tidemark-revocation-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test("revoking cuts a live connection within a second, for good, and nobody else's", async () => {
  const first = await startTestBroker({ dataDir });
  const other = await first.identity(newId<AgentId>());
  const asOther = await first.agentConnection(other);
  let otherCut = false;
  void (async () => {
    for await (const status of asOther.status()) otherCut ||= status.type === "disconnect";
  })();

  const revoked: TestIdentity[] = [];
  const cutAfterMs = await atBest(1_000, async () => {
    const doomed = await first.identity(newId<AgentId>());
    revoked.push(doomed);
    const asDoomed = await first.agentConnection(doomed);
    await asDoomed.request(metricsSubject(doomed.agent), "x", patient);
    const cut = disconnected(asDoomed);
    const startedMs = performance.now();
    await first.broker.revoke(doomed.publicKey);
    await cut;
    const tookMs = performance.now() - startedMs;
    await expect(refusal(first.url, doomed)).resolves.toBeInstanceOf(AuthorizationError);
    await expect(first.broker.issue(doomed.agent, doomed.publicKey)).rejects.toMatchObject({
      code: "revoked",
    });
    return tookMs;
  });
  expect(cutAfterMs).toBeLessThan(1_000);

  await asOther.request(metricsSubject(other.agent), "x", patient);
  expect(otherCut).toBe(false);

  // Two more within the same second, the resolution of a JWT's time of issue.
  const more = await Promise.all([
    first.identity(newId<AgentId>()),
    first.identity(newId<AgentId>()),
  ]);
  await Promise.all(more.map(({ publicKey }) => first.broker.revoke(publicKey)));
  for (const identity of more)
    await expect(refusal(first.url, identity)).resolves.toBeInstanceOf(AuthorizationError);
  await first.stop();

  const again = await startTestBroker({ dataDir });
  for (const identity of [...revoked, ...more])
    await expect(refusal(again.url, identity)).resolves.toBeInstanceOf(AuthorizationError);
  const back = await connectAs(again.url, other);
  await back.request(metricsSubject(other.agent), "x", patient);
  await back.close();
  await again.stop();

  // The broker's own files are lost, the keys are not.
  await rm(join(dataDir, "nats"), { recursive: true });
  const bare = await startTestBroker({ dataDir });
  for (const identity of revoked)
    await expect(refusal(bare.url, identity)).resolves.toBeInstanceOf(AuthorizationError);
  await bare.stop();
});

test("a revocation made while the broker is away holds when it comes back", async () => {
  const bench = await startTestBroker({ dataDir });
  const agent = await bench.identity(newId<AgentId>());
  const pid = bench.broker.serverPid();
  process.kill(pid!, "SIGSTOP");
  await expect(bench.broker.revoke(agent.publicKey)).rejects.toThrow();
  process.kill(pid!, "SIGKILL");
  await expect.poll(() => refusal(bench.url, agent)).toBeInstanceOf(AuthorizationError);
  const file = await readFile(join(dataDir, "keys", "revocations.json"), "utf8");
  expect(file).toContain(agent.publicKey);
  await bench.stop();
});

/** Why the broker does not let the agent in; undefined when it does. */
async function refusal(url: string, identity: Parameters<typeof connectAs>[1]): Promise<unknown> {
  try {
    const connection = await connectAs(url, identity);
    await connection.close();
    return undefined;
  } catch (cause) {
    return cause;
  }
}

async function disconnected(connection: Awaited<ReturnType<typeof connectAs>>): Promise<void> {
  for await (const status of connection.status()) if (status.type === "disconnect") return;
}
