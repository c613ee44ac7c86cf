// What a run may take of this host. Pure. What a plan says is judged before it starts; what only shows while it runs (bytes,
// CPU, and the rate of a closed loop that is not held to it) is watched, second by second, and ends it.
import { type LoadPlan, peakPerSecond, shareOf, wholeShare } from "@tidemark/proto";
import type { Policy } from "./policy.ts";
import { quietWithin } from "./quiet-hours.ts";

/** What a run holds of the policy's ceilings while it is under way. */
export interface Claim {
  /** A closed loop, whose target decides the rate, claims all that was left, and is held to it. */
  readonly ratePerSecond: number;
  readonly connections: number;
}

export interface Circumstances {
  /** Claims of the runs under way. */
  readonly others: readonly Claim[];
  /** This host's. */
  readonly cores: number;
  /** Unix ms of the run's first request. */
  readonly startAtMs: number;
  /** One request, whose answer is shown. */
  readonly isTrial?: boolean;
}

export type Ceiling =
  | { readonly kind: "within"; readonly claim: Claim }
  /** `code`: busy may pass by itself. */
  | { readonly kind: "above"; readonly code: "policy" | "busy"; readonly reason: string };

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Whether a plan stays below the policy's ceilings: this agent's share of it, at its peak, beside what is under way. */
export function judgeCeilings(
  policy: Policy,
  plan: LoadPlan,
  circumstances: Circumstances,
): Ceiling {
  const { others, cores, startAtMs } = circumstances;
  const { pacing, durationMs, warmupMs = 0, workers = 1, driver } = plan;
  const share = plan.share ?? wholeShare;
  if (!policy.allow) return above("this host's policy allows no load test");
  if (circumstances.isTrial === true && !policy.tries)
    return above("this host's policy allows no tries: a target's answers are not shown");
  if (!policy.drivers.includes(driver))
    return above(`the ${driver} driver is not among those this host's policy allows`);
  if (others.length >= policy.runsMax)
    return above(
      `${others.length} under way, this host's policy allows ${policy.runsMax} at once`,
      "busy",
    );

  const rateLeft = policy.ratePerSecondMax - sum(others.map(({ ratePerSecond }) => ratePerSecond));
  const peak = peakPerSecond(pacing);
  const rate = peak === undefined ? rateLeft : peak / share.of;
  if (rate > rateLeft)
    return above(`${rate} requests/s, ${allows(policy.ratePerSecondMax, rateLeft)}`);
  if (rate <= 0) return above(`requests, ${allows(policy.ratePerSecondMax, rateLeft)}`);
  const connectionsLeft = policy.connectionsMax - sum(others.map(({ connections }) => connections));
  const connections = shareOf(plan.connections, share);
  if (connections > connectionsLeft)
    return above(`${connections} connections, ${allows(policy.connectionsMax, connectionsLeft)}`);

  const lastsMs = warmupMs + durationMs;
  if (lastsMs > policy.durationMsMax)
    return above(`${lastsMs / 1_000} s, ${allows(policy.durationMsMax / 1_000)}`);
  const room = Math.max(1, Math.floor(policy.cpuShareMax * cores));
  if (workers > room)
    return above(
      `${workers} workers, cpuShare ${policy.cpuShareMax} of this host's ${cores} cores has room for ${room}`,
    );
  if (workers > policy.workersMax) return above(`${workers} workers, ${allows(policy.workersMax)}`);
  const quietMs = quietWithin(policy.quietHours, startAtMs, startAtMs + lastsMs);
  if (quietMs !== undefined)
    return above(`it would last into this host's quiet hours, which begin ${localTime(quietMs)}`);
  return { kind: "within", claim: { ratePerSecond: rate, connections } };
}

function above(reason: string, code: "policy" | "busy" = "policy"): Ceiling {
  return { kind: "above", code, reason };
}

function allows(max: number, left: number = max): string {
  const rest = left < max ? `, of which ${left} are left` : "";
  return `this host's policy allows ${max}${rest}`;
}

/** What one interval of a run took; bytes and requests since the one before. */
export interface Taken {
  readonly durationMs: number;
  readonly sent: number;
  readonly bytes: number;
  /** CPU that generating takes, with what runs beside it; cores. */
  readonly cpu: number;
}

/** A ceiling that is watched is passed when it is exceeded by more than this: a second's edges are not that sharp. */
const bearable = 1.1;
const cpuPatienceMs = 5_000;

/** Looks at each interval of one run; answers why it must end. */
export function openWatch(
  policy: Pick<Policy, "bytesMax" | "cpuShareMax">,
  plan: Pick<LoadPlan, "pacing">,
  claim: Claim,
  cores: number,
): (taken: Taken) => string | undefined {
  const isClosed = peakPerSecond(plan.pacing) === undefined;
  const cpuMax = policy.cpuShareMax * cores;
  let bytes = 0;
  let busyMs = 0;
  return (taken) => {
    bytes += taken.bytes;
    busyMs = taken.cpu > cpuMax * bearable ? busyMs + taken.durationMs : 0;
    // A stretch of less than a second may hold a second's requests.
    const seconds = Math.max(1, taken.durationMs / 1_000);
    if (isClosed && taken.sent > claim.ratePerSecond * bearable * seconds)
      return `${Math.round(taken.sent / seconds)} requests in a second, the host's policy leaves a closed loop ${claim.ratePerSecond}: use a constant rate, or fewer clients`;
    if (bytes > policy.bytesMax)
      return `${bytes} bytes sent and received, the host's policy allows ${policy.bytesMax}`;
    if (busyMs >= cpuPatienceMs)
      return `generating used ${taken.cpu.toFixed(2)} cores for ${busyMs / 1_000} s, the host's policy allows ${cpuMax.toFixed(2)}`;
    return undefined;
  };
}

/** As the host's clock shows it, to the minute. */
export function localTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
