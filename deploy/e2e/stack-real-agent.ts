// `tidemark-agent run` on this host, as a test handles it: killed, started again, and the times of that kept.
import type { Program } from "../demo/program.ts";
import type { Death } from "./stack-oracle.ts";
import type { EnrolledHost, Stack } from "./stack.ts";

export interface RealAgent {
  readonly host: EnrolledHost;
  readonly batchTicks: number;
  readonly deaths: readonly Death[];
  readonly program: () => Program;
  /** SIGKILL, and again. */
  killAndStart(): Promise<void>;
}

export async function startRealAgent(
  stack: Stack,
  name: string,
  batchTicks: number,
  dataDir?: string,
): Promise<RealAgent> {
  const host = await stack.enrol(name, dataDir);
  const start = () => stack.startAgent(host, { TIDEMARK_AGENT_BATCH_TICKS: `${batchTicks}` });
  const deaths: Death[] = [];
  let program = start();
  return {
    host,
    batchTicks,
    deaths,
    program: () => program,
    async killAndStart() {
      const killedAtMs = Date.now();
      program.kill("SIGKILL");
      await program.ended;
      program = start();
      deaths.push({ killedAtMs, startedAtMs: Date.now() });
    },
  };
}
