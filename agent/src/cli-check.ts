// `tidemark-agent check-config`: the configuration, and what load tests may do here, with every fault of all files at once.
import { statSync } from "node:fs";
import type { AgentConfig } from "./agent-config.ts";
import { type ConfigSources, loadConfig, pathsOf } from "./config.ts";
import { ConfigRejected } from "./errors.ts";
import { loadPolicyParser, openPolicyFile } from "./load/guard/policy-file.ts";
import { ownUid, readSecrets, secretsFileOf } from "./load/secrets.ts";

/** The configuration; rejects with ConfigRejected. `settingsOnly` leaves the policy and the secrets alone. */
export async function checkConfig(
  sources: ConfigSources,
  settingsOnly: boolean,
): Promise<AgentConfig> {
  await loadPolicyParser();
  const faults: string[] = [];
  let config: AgentConfig | undefined;
  try {
    config = loadConfig(sources);
  } catch (cause) {
    if (!(cause instanceof ConfigRejected)) throw cause;
    faults.push(...cause.faults);
  }
  if (!settingsOnly) faults.push(...loadFaults(pathsOf(sources)));
  if (config === undefined || faults.length > 0) throw new ConfigRejected(faults);
  return config;
}

/** Faults of the policy and of the secrets, without a value of theirs. */
function loadFaults({ dataDir, policyFile }: ReturnType<typeof pathsOf>): string[] {
  const { parsed } = openPolicyFile(policyFile)();
  const secretsFile = secretsFileOf(policyFile);
  const secrets = readSecrets(secretsFile, agentUid(dataDir));
  return [
    ...(parsed.kind === "malformed" ? parsed.faults : []).map((fault) => `${policyFile}: ${fault}`),
    ...(secrets.kind === "faulty" ? secrets.faults : []).map((fault) => `${secretsFile}: ${fault}`),
  ];
}

/** Root looks at the files of the user whom the data folder belongs to; anybody else at their own. */
function agentUid(dataDir: string): number {
  const own = ownUid();
  if (own !== 0) return own;
  return statSync(dataDir, { throwIfNoEntry: false })?.uid ?? own;
}
