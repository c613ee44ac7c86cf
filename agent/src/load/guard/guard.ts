// The shell around the decision: reads policy and kill switch from disk, resolves the target's name once, and hands back
// the one checked address the run will connect to, so that a second lookup (DNS rebinding) never happens.
import { createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { type LoadPlan, defaultPortOf } from "@tidemark/proto";
import { PlanRejected, type Verdict } from "../drivers/driver.ts";
import { engineLimits } from "../limits.ts";
import { decide, mayLookUp } from "./decide.ts";
import { type ParsedPolicy, defaultPolicyText, parsePolicy } from "./policy.ts";

export interface Guard {
  /** Judges a plan by the policy as it stands now. */
  judge(plan: LoadPlan): Promise<Verdict>;
  /** Whether the kill switch lies beside the policy. */
  isKilled(): boolean;
  /** Whether any run at all could be allowed. */
  allowsAny(): boolean;
  /** First 16 hex digits of the policy's SHA-256. */
  policyHash(): string;
}

export interface GuardOptions {
  readonly policyFile: string;
  /** Replaces DNS in tests. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** The file whose presence beside the policy stops every run. */
const killSwitchName = "stop-load";

/** Writes the default policy when there is none; a disk that refuses leaves the default in force without a file. */
export function openGuard({ policyFile, resolve = resolveHost }: GuardOptions): Guard {
  const killSwitch = join(dirname(policyFile), killSwitchName);
  const isKilled = () => existsSync(killSwitch);
  let seen: PolicyFile | undefined;
  /** Parsed again only when the text changed: every beat asks, and parsing costs half a millisecond. */
  const read = (): PolicyFile => {
    const text = policyText(policyFile);
    if (seen === undefined || text !== seen.text) seen = parsed(text);
    return seen;
  };
  writeDefault(policyFile);
  return {
    isKilled,
    allowsAny() {
      const parsed = read().parsed;
      return (
        !isKilled() &&
        parsed.kind === "policy" &&
        parsed.policy.allow &&
        parsed.policy.rules.length > 0
      );
    },
    policyHash: () => read().hash,
    async judge(plan) {
      if (isKilled()) return refused(`the kill switch ${killSwitchName} is set on this host`);
      const { parsed } = read();
      if (parsed.kind === "malformed")
        return refused(
          `this host's load policy is malformed, which means nobody: ${parsed.reason}`,
        );
      try {
        const url = new URL(plan.target);
        const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
        const port = url.port === "" ? (defaultPortOf(url.protocol) ?? 0) : Number(url.port);
        const name = host.toLowerCase().replace(/\.$/, "");
        if (!mayLookUp(parsed.policy, name, hostname()))
          return refused(
            `${name} is not named by this host's policy, so it is not looked up: give an address, or name it there`,
          );
        const decision = decide(parsed.policy, plan, {
          host: name,
          port,
          addresses: await resolve(host),
          own: ownAddresses(),
        });
        if (decision.kind === "refused") return decision;
        return {
          kind: "allowed",
          endpoint: { address: await firstAnswering(decision.addresses, port), port },
        };
      } catch (cause) {
        if (cause instanceof PlanRejected) return refused(cause.message);
        return refused(cause instanceof Error ? cause.message : String(cause));
      }
    },
  };
}

function refused(reason: string): Verdict {
  return { kind: "refused", reason };
}

function writeDefault(file: string): void {
  try {
    writeFileSync(file, defaultPolicyText, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    // An existing file is the usual case; on a full or read-only disk the default holds from memory (see readPolicy).
    if (errorCode(cause) === undefined) throw cause;
  }
}

interface PolicyFile {
  readonly text: Text;
  readonly parsed: ParsedPolicy;
  readonly hash: string;
}

/** A policy's text, or why there is none to be had. */
type Text = string | { readonly fault: string };

function parsed(text: Text): PolicyFile {
  if (typeof text === "object")
    return { text, parsed: { kind: "malformed", reason: text.fault }, hash: hashOf("") };
  return { text, parsed: parsePolicy(text), hash: hashOf(text) };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function policyText(file: string): Text {
  try {
    const { size } = statSync(file);
    if (size > engineLimits.policyBytesMax) return { fault: `${size} bytes are too many` };
    return readFileSync(file, "utf8");
  } catch (cause) {
    // Only absence means the default: a policy that cannot be read must not be taken for permission.
    if (errorCode(cause) === "ENOENT") return defaultPolicyText;
    return { fault: `it cannot be read (${errorCode(cause)})` };
  }
}

function errorCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .map(({ address }) => address);
}

/** IPv4 first, as most programs listen there; throws when the name is unknown or the resolver is silent. */
async function resolveHost(host: string): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${host} did not resolve within ${engineLimits.resolveTimeoutMs} ms`)),
      engineLimits.resolveTimeoutMs,
    );
  });
  try {
    const found = await Promise.race([lookup(host, { all: true, order: "ipv4first" }), silence]);
    return found.map(({ address }) => address);
  } catch (cause) {
    if (errorCode(cause) === "ENOTFOUND") throw new Error(`${host} is not a known name`, { cause });
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

/** The first address that accepts a connection; with one alone, or none that answers, the first: the run will show its errors. */
async function firstAnswering(addresses: readonly string[], port: number): Promise<string> {
  const [first = ""] = addresses;
  if (addresses.length === 1) return first;
  for (const address of addresses) if (await answers(address, port)) return address;
  return first;
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (socket: Socket, accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    const socket = connect({ host: address, port, timeout: engineLimits.probeTimeoutMs });
    socket.once("connect", () => settle(socket, true));
    socket.once("timeout", () => settle(socket, false));
    socket.once("error", () => settle(socket, false));
  });
}
