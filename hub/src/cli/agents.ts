// `tidemark agents`: list, label and revoke.
import { Agent, AgentList, agentStates } from "@tidemark/proto";
import { Option } from "commander";
import { Type } from "typebox";
import { CommandFailed, InputWrong } from "../errors.ts";
import type { HubClient } from "./client.ts";
import type { CommandGroup } from "./context.ts";
import { ago, table } from "./table.ts";

export const agents: CommandGroup = (program, { connect, print }) => {
  const group = program.command("agents").description("list, label and revoke agents");

  group
    .command("list")
    .description("agents by name")
    .option("--label <key=value...>", "only agents with these labels")
    .addOption(new Option("--state <state>", "only agents in this state").choices(agentStates))
    .option("--search <text>", "only agents whose name, id or label holds this")
    .option("--json", "print the agents as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark agents list --label role=rack --state online")
    .action(async (options: { label?: string[]; state?: string; search?: string; json?: true }) => {
      const query = new URLSearchParams();
      for (const label of options.label ?? []) query.append("label", label);
      if (options.state !== undefined) query.set("state", options.state);
      if (options.search !== undefined) query.set("search", options.search);
      const items = await allAgents(connect(), query);
      if (options.json) {
        print(JSON.stringify(items));
        return;
      }
      const rows = items.map((agent) => [
        agent.id,
        agent.name,
        agent.state,
        ago(agent.lastSeenMs, Date.now()),
        agent.version ?? "–",
        labelText(agent),
      ]);
      print(table(["ID", "NAME", "STATE", "SEEN", "VERSION", "LABELS"], rows));
    });

  group
    .command("label")
    .description("set labels (key=value) and remove labels (key=)")
    .argument("<agent>", "id or name")
    .argument("<labels...>", "key=value or key=")
    .option("--json", "print the agent as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark agents label rack-1 role=rack zone=")
    .action(async (agent: string, changes: string[], options: { json?: true }) => {
      const hub = connect();
      const found = await findAgent(hub, agent);
      const labels = changedLabels(found.labels, changes);
      const changed = await hub.send("PATCH", `/agents/${found.id}`, Agent, { labels });
      print(options.json ? JSON.stringify(changed) : `${changed.name}: ${labelText(changed)}`);
    });

  group
    .command("revoke")
    .description("cut an agent off for good; its data stays")
    .argument("<agent>", "id or name")
    .option("--json", "print the agent as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark agents revoke rack-1")
    .action(async (agent: string, options: { json?: true }) => {
      const hub = connect();
      const found = await findAgent(hub, agent);
      await hub.send("DELETE", `/agents/${found.id}`, Type.Null());
      const revoked = await hub.get(`/agents/${found.id}`, Agent);
      print(options.json ? JSON.stringify(revoked) : `${found.name} (${found.id}) is revoked`);
    });
};

/** The agent with this id or exactly this name; throws CommandFailed when none or several have it. */
export async function findAgent(hub: HubClient, idOrName: string): Promise<Agent> {
  const agents = await allAgents(hub, new URLSearchParams({ search: idOrName }));
  const exact = agents.filter((agent) => agent.id === idOrName || agent.name === idOrName);
  const alive = exact.filter((agent) => agent.state !== "revoked");
  const [found, ...others] = alive.length > 0 ? alive : exact;
  if (found === undefined) throw new CommandFailed(`there is no agent ${idOrName}`);
  if (others.length > 0)
    throw new CommandFailed(`${exact.length} agents are named ${idOrName}; use an id`);
  return found;
}

async function allAgents(hub: HubClient, query: URLSearchParams): Promise<Agent[]> {
  const items: Agent[] = [];
  query.set("limit", "1000");
  for (;;) {
    const page = await hub.get("/agents", AgentList, query);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    query.set("cursor", page.nextCursor);
  }
}

function changedLabels(
  labels: Readonly<Record<string, string>>,
  changes: readonly string[],
): Record<string, string> {
  const changed = new Map(Object.entries(labels));
  for (const change of changes) {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(change) ?? [];
    if (key === undefined || value === undefined)
      throw new InputWrong(`${change} is not key=value or key=`);
    if (value === "") changed.delete(key);
    else changed.set(key, value);
  }
  return Object.fromEntries(changed);
}

const labelText = (agent: Agent): string =>
  Object.entries(agent.labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
