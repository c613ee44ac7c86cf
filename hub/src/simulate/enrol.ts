// Gives simulated hosts real identities: one-time tokens from the hub's API, one enrolment a host, kept in a file so that
// a second simulation is the same fleet and not a thousand more agents.
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { createUser } from "@nats-io/nkeys";
import {
  type AgentId,
  Enrolled,
  EnrolmentToken,
  IdSchema,
  isAgentId,
  parser,
} from "@tidemark/proto";
import { Type } from "typebox";
import type { HubClient } from "../cli/client.ts";
import type { SimulatedIdentity } from "./host.ts";

const Identities = Type.Object({
  brokerUrls: Type.Array(Type.String()),
  hosts: Type.Array(
    Type.Object({ name: Type.String(), agent: IdSchema, jwt: Type.String(), seed: Type.String() }),
  ),
});

export interface SimulatedFleet {
  readonly brokerUrls: readonly string[];
  readonly hosts: readonly SimulatedIdentity[];
}

const parseIdentities = parser(Identities, "identities file");
const enrolAtOnce = 8;

/** Identities for `count` hosts: those in `file` first, the rest enrolled now and added to it (mode 0600). */
export async function enrolFleet(
  hub: Pick<HubClient, "send">,
  count: number,
  file: string,
  progress: (done: number, total: number) => void,
): Promise<SimulatedFleet> {
  const known = await readFleet(file);
  const hosts = known.hosts.slice(0, count);
  let brokerUrls = known.brokerUrls;
  const names = Array.from({ length: count - hosts.length }, (_, index) =>
    hostName(hosts.length + index),
  );
  for (let start = 0; start < names.length; start += enrolAtOnce) {
    const enrolled = await Promise.all(
      names.slice(start, start + enrolAtOnce).map((name) => enrolHost(hub, name)),
    );
    for (const one of enrolled) {
      hosts.push(one.identity);
      brokerUrls = one.brokerUrls;
    }
    progress(hosts.length, count);
  }
  const kept = known.hosts.length > hosts.length ? known.hosts : hosts;
  const temporary = `${file}.new`;
  await writeFile(temporary, JSON.stringify({ brokerUrls, hosts: kept }), { mode: 0o600 });
  await rename(temporary, file);
  return { brokerUrls, hosts };
}

const hostName = (index: number) => `sim-${String(index).padStart(4, "0")}`;

async function readFleet(file: string): Promise<SimulatedFleet> {
  if (!existsSync(file)) return { brokerUrls: [], hosts: [] };
  const { brokerUrls, hosts } = parseIdentities(JSON.parse(await readFile(file, "utf8")));
  return { brokerUrls, hosts: hosts.map((host) => ({ ...host, agent: agentIdOf(host.agent) })) };
}

async function enrolHost(
  hub: Pick<HubClient, "send">,
  name: string,
): Promise<{ identity: SimulatedIdentity; brokerUrls: readonly string[] }> {
  const labels = { simulated: "yes" };
  const { token } = await hub.send("POST", "/enrolment-tokens", EnrolmentToken, { labels });
  const key = createUser();
  const signature = Buffer.from(key.sign(new TextEncoder().encode(`tidemark-enrol:${token}`)));
  const enrolled = await hub.send("POST", "/enrol", Enrolled, {
    token,
    publicKey: key.getPublicKey(),
    signature: signature.toString("base64url"),
    name,
  });
  const seed = new TextDecoder().decode(key.getSeed());
  return {
    identity: { name, agent: agentIdOf(enrolled.agent), jwt: enrolled.jwt, seed },
    brokerUrls: enrolled.brokerUrls,
  };
}

function agentIdOf(text: string): AgentId {
  if (!isAgentId(text)) throw new Error(`${text} is not an agent id`);
  return text;
}
