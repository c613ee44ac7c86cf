// What may differ between runs that are compared, and is told beside the result: who generated on what, and against which target.
// Pure.
import type { Environment, Inventory } from "@tidemark/proto";

export interface AgentEnvironment {
  readonly name: string;
  /** Undefined where the agent has sent none yet. */
  readonly inventory: Inventory | undefined;
  /** Of what measured, `wrk2 4.0.0`; undefined where the part ended without a result. */
  readonly generator: string | undefined;
}

const entriesMax = 512;
const textLengthMax = 256;
const keyLengthMax = 192;

export function environmentOf(
  target: string,
  generators: readonly AgentEnvironment[],
  targetHosts: readonly AgentEnvironment[],
): Environment {
  const entries: [string, string][] = [
    ["target", originOf(target)],
    [
      "agents",
      generators
        .map(({ name }) => name)
        .sort()
        .join(", "),
    ],
    ...together("", generators),
    ...together("target host ", targetHosts),
  ];
  return Object.fromEntries(
    entries
      .slice(0, entriesMax)
      .map(([what, text]) => [shortened(what, keyLengthMax), shortened(text, textLengthMax)]),
  );
}

/** The machine class of a generator, such as `2 × AMD EPYC 7B13, 24 GiB`: a field of the comparison key. */
export function hardwareOf(inventory: Inventory | undefined): string {
  if (inventory === undefined) return "unknown";
  const { cpu, memoryBytes } = inventory;
  return `${cpu.logicalCores} × ${modelOf(inventory)}, ${gibibytes(memoryBytes)}`;
}

/** What all say alike is said once; the rest by the agent's name. */
function together(prefix: string, agents: readonly AgentEnvironment[]): [string, string][] {
  const facts = agents.map((agent) => factsOf(agent));
  const what = [...new Set(facts.flatMap((each) => [...each.keys()]))];
  return what.flatMap((name): [string, string][] => {
    const texts = facts.map((each) => each.get(name) ?? "unknown");
    const [first = ""] = texts;
    if (texts.every((text) => text === first)) return [[`${prefix}${name}`, first]];
    return agents.map((agent, at) => [`${agent.name}: ${prefix}${name}`, texts[at] ?? ""]);
  });
}

function factsOf({ inventory, generator }: AgentEnvironment): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  if (generator !== undefined) facts.set("generator", generator);
  if (inventory === undefined) return facts;
  const { os, cpu } = inventory;
  return facts
    .set("host", inventory.hostname)
    .set("kernel", os.kernel)
    .set("os", `${os.distro} ${os.release}`.trim())
    .set("cpu", modelOf(inventory))
    .set("cores", `${cpu.logicalCores}`)
    .set("memory", gibibytes(inventory.memoryBytes))
    .set("virtualisation", inventory.virtualisation ?? "none")
    .set("agent version", inventory.agentVersion);
}

function modelOf({ cpu }: Inventory): string {
  const model = cpu.model.replaceAll(/\s+/g, " ").trim();
  return model === "" ? cpu.vendor || "unknown" : model;
}

/** Rounded up: what a kernel keeps for itself differs from release to release, and the modules do not. */
const gibibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 30)} GiB`;

/** Scheme, host and port. A path may hold an id, and is the operation's own. */
function originOf(target: string): string {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  return url === undefined ? target : `${url.protocol}//${url.host}`;
}

const shortened = (text: string, lengthMax: number) =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
