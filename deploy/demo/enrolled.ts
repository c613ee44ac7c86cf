import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { parser } from "@tidemark/proto";
import { Type } from "typebox";
import type { DemoConfig } from "./config.ts";
import { DemoFailed } from "./errors.ts";
import { type HubClient, newEnrolmentToken } from "./hub-client.ts";
import type { Start } from "./program.ts";

const parseIdentity = parser(Type.Object({ agent: Type.String() }), "the agent's identity");

/** The id of this machine's agent; enrols it, as an operator would, at the first start. */
export async function enrolled(
  config: DemoConfig,
  hub: HubClient,
  start: Start,
  say: (line: string) => void,
): Promise<string> {
  const identity = join(config.dataDir, "agent", "identity.json");
  if (!existsSync(identity)) {
    say("tidemark: enrolling an agent on this machine");
    const { token } = await newEnrolmentToken(hub, { role: "demo" });
    const enrolling = start(
      "enrolment",
      "agent/src/main.ts",
      ["enroll", "--hub", hub.url, "--name", hostname()],
      { ...agentEnv(config), TIDEMARK_AGENT_TOKEN: token },
    );
    await enrolling.ended;
    if (!existsSync(identity)) throw new DemoFailed(enrolling.epitaph());
  }
  return parseIdentity(JSON.parse(readFileSync(identity, "utf8"))).agent;
}

/** Second by second: a message for every tick, where a real fleet sends one for fifteen. */
export const agentEnv = (config: DemoConfig) => ({
  TIDEMARK_AGENT_DATA_DIR: join(config.dataDir, "agent"),
  TIDEMARK_AGENT_BATCH_TICKS: "1",
});
