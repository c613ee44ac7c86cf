// `tidemark-agent enroll`: finds the token where it was put and enrols.
import { readFileSync } from "node:fs";
import { enrol } from "./enrol/enrol.ts";
import { identityPath } from "./enrol/identity.ts";
import { EnrolmentFailed } from "./errors.ts";

export interface EnrollArguments {
  readonly hub: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly name: string;
  readonly dataDir: string;
  readonly replace?: boolean;
  readonly caFile?: string;
  readonly json?: boolean;
}

const timeoutMs = 15_000;

export async function runEnroll(
  given: EnrollArguments,
  print: (text: string) => void,
): Promise<void> {
  const token = await findToken(given);
  const identity = await enrol({
    hub: given.hub,
    token,
    name: given.name,
    dataDir: given.dataDir,
    replace: given.replace === true,
    caFile: given.caFile,
    timeoutMs,
  });
  const { agent, brokerUrls } = identity;
  const path = identityPath(given.dataDir);
  if (given.json === true)
    print(JSON.stringify({ agent, name: given.name, brokerUrls, identity: path }));
  else print(`enrolled as ${agent} (${given.name}); the identity is in ${path}`);
}

async function findToken(given: EnrollArguments): Promise<string> {
  const { token, tokenFile } = given;
  if (token !== undefined && tokenFile !== undefined)
    throw new EnrolmentFailed("give --token or --token-file, not both");
  const found =
    token ??
    (tokenFile === undefined ? process.env["TIDEMARK_AGENT_TOKEN"] : await readToken(tokenFile));
  if (found === undefined || found.trim() === "")
    throw new EnrolmentFailed(
      "there is no token: pass --token-file, or set TIDEMARK_AGENT_TOKEN; the hub makes one under Agents",
    );
  return found.trim();
}

async function readToken(file: string): Promise<string> {
  if (file === "-") return readStdin();
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnrolmentFailed(`--token-file ${file} cannot be read: ${reason}`, { cause });
  }
}

async function readStdin(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}
