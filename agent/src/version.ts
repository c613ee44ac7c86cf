// The version of the agent, as package.json has it. The bundle replaces this file's reading by the number itself.
import { readFileSync } from "node:fs";

declare const TIDEMARK_AGENT_VERSION: string | undefined;

export const agentVersion: string =
  typeof TIDEMARK_AGENT_VERSION === "string" ? TIDEMARK_AGENT_VERSION : fromPackage();

function fromPackage(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
