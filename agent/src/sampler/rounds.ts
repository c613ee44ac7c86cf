// Runs the collectors: which are due, how long each took, which failed or hangs. One that does never stops another.
import type { AgentEvent, NoticeCode } from "@tidemark/proto";
import type { Collector, CollectorHealth, Host, Reader, Sink } from "../collectors/collector.ts";
import type { Board } from "./board.ts";
import { safeText } from "../procfs/safe-text.ts";
import type { Scope } from "./scope.ts";

/** A read that promises and has not kept it by then counts as failed; it is not started again until it ends. */
export const readTimeoutMs = 10_000;
/** What a host lacks may come later (a module, a disk): it is looked for again after this long. */
const reopenSeconds = 60;

export type Notice = (code: NoticeCode, detail: string) => void;

export interface Rounds {
  /** Starts every read that is due in the tick of `second`; synchronous ones are done on return. */
  run(second: number): void;
  /** Resolves when no read is pending any more, for `once`. */
  settled(): Promise<void>;
  /** Collectors that this host has, in registry order. */
  health(): readonly CollectorHealth[];
  close(): void;
}

export interface RoundsDeps {
  readonly collectors: readonly Collector[];
  readonly host: Host;
  readonly board: Board;
  readonly notice: Notice;
  readonly event: (event: AgentEvent) => void;
}

interface Member {
  readonly collector: Collector;
  readonly scope: Scope;
  readonly sink: Sink;
  /** Spreads the slow collectors over the seconds. */
  readonly phase: number;
  reader: Reader | undefined;
  openedTurn: number;
  readTurn: number;
  pending: Promise<void> | undefined;
  startedMs: number;
  health: { name: string; durationMs: number; succeeded: boolean; leftOut: number };
  /** What was left out in the read under way, and whether a notice tells of it already. */
  leftOut: number;
  firstLeftOut: { reason: "bound" | "fault"; what: string } | undefined;
  toldOf: "nothing" | "failure" | "omission";
}

export function createRounds(deps: RoundsDeps): Rounds {
  const { host, notice } = deps;
  const members = deps.collectors.map((collector, index) => createMember(collector, index, deps));

  const tell = (member: Member, toldOf: Member["toldOf"], code: NoticeCode, what: string): void => {
    if (member.toldOf === toldOf) return;
    member.toldOf = toldOf;
    notice(code, safeText(`${member.collector.name}: ${what}`, 512));
  };

  const fail = (member: Member, cause: unknown): void => {
    member.scope.discard();
    member.health.durationMs = host.monotonicMs() - member.startedMs;
    member.health.succeeded = false;
    tell(member, "failure", "collector-failed", messageOf(cause));
  };

  const succeed = (member: Member): void => {
    const nowMs = host.monotonicMs();
    member.scope.finish(nowMs);
    member.health.durationMs = nowMs - member.startedMs;
    member.health.leftOut = member.leftOut;
    const omission = member.firstLeftOut;
    member.health.succeeded = omission?.reason !== "fault";
    if (omission === undefined) {
      if (member.toldOf !== "nothing")
        tell(member, "nothing", "collector-recovered", "works again");
      return;
    }
    const code = omission.reason === "bound" ? "series-limit" : "collector-failed";
    const others = member.leftOut > 1 ? ` and ${member.leftOut - 1} more` : "";
    tell(member, "omission", code, `${omission.what}${others}`);
  };

  /** Ends a promised read, unless it was given up on: then its values are too old to be this tick's. */
  const keep = async (member: Member, promised: Promise<void>): Promise<void> => {
    const isLate = (): boolean => host.monotonicMs() - member.startedMs > readTimeoutMs;
    try {
      await promised;
      if (isLate()) fail(member, new Error(`took longer than ${readTimeoutMs} ms`));
      else succeed(member);
    } catch (cause) {
      fail(member, cause);
    } finally {
      member.pending = undefined;
    }
  };

  const read = (member: Member, reader: Reader): void => {
    member.startedMs = host.monotonicMs();
    member.leftOut = 0;
    member.firstLeftOut = undefined;
    member.scope.begin();
    try {
      const promised = reader.read();
      if (promised === undefined) succeed(member);
      else member.pending = keep(member, promised);
    } catch (cause) {
      fail(member, cause);
    }
  };

  const open = (member: Member): void => {
    member.startedMs = host.monotonicMs();
    try {
      member.reader = member.collector.open(host, member.sink);
    } catch (cause) {
      member.scope.removeAll();
      fail(member, cause);
    }
  };

  const runMember = (member: Member, second: number): void => {
    const { everySeconds } = member.collector;
    if (member.reader === undefined) {
      const turn = Math.floor((second + member.phase) / reopenSeconds);
      if (turn === member.openedTurn) return;
      member.openedTurn = turn;
      open(member);
    }
    const turn = Math.floor((second + member.phase) / everySeconds);
    if (member.reader === undefined || turn === member.readTurn) return;
    member.readTurn = turn;
    if (member.pending === undefined) read(member, member.reader);
    else if (host.monotonicMs() - member.startedMs > readTimeoutMs)
      fail(member, new Error(`has not answered for more than ${readTimeoutMs} ms`));
  };

  return {
    run(second) {
      for (const member of members) runMember(member, second);
    },
    async settled() {
      for (const member of members) await member.pending;
    },
    health: () =>
      members
        .filter((member) => member.reader !== undefined || member.toldOf !== "nothing")
        .map((member) => member.health),
    close() {
      for (const member of members) {
        member.reader?.close();
        member.reader = undefined;
        member.scope.removeAll();
      }
    },
  };
}

function createMember(collector: Collector, index: number, deps: RoundsDeps): Member {
  const scope = deps.board.scope(collector.everySeconds);
  const sink: Sink = {
    add: scope.add,
    remove: scope.remove,
    set: scope.set,
    event: deps.event,
    leaveOut(reason, what) {
      member.leftOut += 1;
      member.firstLeftOut ??= { reason, what };
    },
  };
  const member: Member = {
    collector,
    scope,
    sink,
    phase: index % collector.everySeconds,
    reader: undefined,
    openedTurn: Number.NaN,
    readTurn: Number.NaN,
    pending: undefined,
    startedMs: 0,
    health: {
      name: collector.name,
      durationMs: Number.NaN,
      succeeded: true,
      leftOut: 0,
    },
    leftOut: 0,
    firstLeftOut: undefined,
    toldOf: "nothing",
  };
  return member;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
