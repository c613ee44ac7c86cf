// One leader among the hubs of one broker, by a lease in a key-value bucket. What must happen once (a schedule's firing, a
// campaign's next step) is done by the leader alone, and its effects are idempotent by id besides: a process that was frozen
// and wakes up may believe for a moment that it still leads. Its term tells its deeds from those of the leaders after it.
import type { NatsConnection } from "@nats-io/transport-node";
import { jsonParser } from "@tidemark/proto";
import type { Logger } from "pino";
import { type Static, Type } from "typebox";
import { type Bucket, RevisionConflict, openBucket } from "../state/bucket.ts";
import {
  type Holding,
  type Sighting,
  isDue,
  isFree,
  isHeld,
  leaseTimes,
  sighted,
} from "./lease.ts";

export interface Leader {
  /** Whether this hub leads now, by its own clock. */
  isLeader(): boolean;
  /** The number of this hub's leadership, higher than every one before; undefined while it does not lead. */
  term(): number | undefined;
  /** Who leads as far as this hub knows; undefined while nobody does. */
  current(): LeaderView | undefined;
  /** Told when this hub begins or ceases to lead. */
  onChange(listener: (isLeader: boolean) => void): () => void;
  /** Releases the lease at once. */
  stop(): Promise<void>;
}

export interface LeaderView {
  readonly hub: string;
  /** Unix ms by that hub's clock: to be shown, never compared. */
  readonly sinceMs: number;
  readonly term: number;
}

export interface LeaderOptions {
  /** Names this hub to people. */
  readonly hub: string;
  /** Unix ms. */
  readonly now: () => number;
  /** Milliseconds that only grow; jumps of the wall clock do not concern it. */
  readonly monotonic?: () => number;
  readonly log?: Logger;
}

const Lease = Type.Object(
  {
    hub: Type.String({ maxLength: 64 }),
    sinceMs: Type.Integer(),
    renewedAtMs: Type.Integer(),
    term: Type.Integer({ minimum: 1 }),
    isReleased: Type.Boolean(),
  },
  { additionalProperties: false },
);
type Lease = Static<typeof Lease>;

const parseLease = jsonParser(Lease, "leader's lease");
const key = "lease";
const bounds = { bytesMax: 1_048_576, valueBytesMax: 4_096 } as const;

/** Resolves after the first look: a hub that is alone leads from the start. */
export async function startLeader(
  connection: NatsConnection,
  options: LeaderOptions,
): Promise<Leader> {
  const { now, monotonic = () => performance.now(), log } = options;
  const hub = options.hub.slice(0, 64);
  const bucket = await openBucket(connection, "leader", bounds);
  const listeners = new Set<(isLeader: boolean) => void>();
  let seen: Sighting | undefined;
  let lease: Lease | undefined;
  let holding: Holding | undefined;
  let told = false;
  let stopped = false;

  const isLeader = () => !stopped && isHeld(holding, monotonic());

  function tell(): void {
    const leads = isLeader();
    if (leads === told) return;
    told = leads;
    log?.info({ hub, term: holding?.term, leads }, leads ? "leads" : "leads no more");
    for (const listener of listeners) listener(leads);
  }

  async function look(): Promise<void> {
    if (isHeld(holding, monotonic())) {
      if (isDue(holding, monotonic())) await renew(holding);
      return;
    }
    holding = undefined;
    const held = await bucket.get(key);
    lease = held === undefined ? undefined : parseLease(held.value);
    const isReleased = lease?.isReleased ?? true;
    seen = sighted(seen, held?.revision ?? 0, isReleased, monotonic());
    if (!stopped && isFree(seen, monotonic())) await take(held?.revision ?? 0);
  }

  /** `revision` is the one that was read: of several hubs that try, one gets through. */
  async function take(revision: number): Promise<void> {
    const term = (lease?.term ?? 0) + 1;
    await write({ hub, sinceMs: now(), renewedAtMs: now(), term, isReleased: false }, revision);
  }

  async function renew({ revision }: Holding): Promise<void> {
    if (lease !== undefined) await write({ ...lease, renewedAtMs: now() }, revision);
  }

  async function write(next: Lease, revision: number): Promise<void> {
    const sentAt = monotonic();
    try {
      const written = await bucket.put(key, encode(next), revision);
      holding = { term: next.term, revision: written, renewedAt: sentAt };
      lease = next;
    } catch (cause) {
      if (!(cause instanceof RevisionConflict)) throw cause;
      // Another took it; or a write of our own whose answer was lost, and then the lease runs out unrenewed: nobody leads for
      // a while, which does less harm than two who do.
      holding = undefined;
    }
  }

  const looking = keepLooking(look, tell, log);
  await looking.first;

  return {
    isLeader,
    term: () => (isLeader() ? holding?.term : undefined),
    current() {
      if (lease === undefined || lease.isReleased) return undefined;
      const isAlive = isLeader() || !isFree(seen, monotonic());
      return isAlive ? { hub: lease.hub, sinceMs: lease.sinceMs, term: lease.term } : undefined;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopped = true;
      tell();
      await looking.stop();
      if (isHeld(holding, monotonic())) await release(bucket, lease, holding);
    },
  };
}

/** A broker that is away lets the lease run out instead. */
async function release(bucket: Bucket, lease: Lease | undefined, held: Holding): Promise<void> {
  if (lease === undefined) return;
  await bucket
    .put(key, encode({ ...lease, isReleased: true }), held.revision)
    .catch(() => undefined);
}

/**
 * One look after the other. Whether this hub leads is checked in between even while a look waits for the broker, so that a leader
 * which cannot reach it says in time that it leads no more.
 */
function keepLooking(
  look: () => Promise<void>,
  tell: () => void,
  log: Logger | undefined,
): { readonly first: Promise<void>; stop(): Promise<void> } {
  let under: Promise<void> | undefined;
  let isTroubled = false;

  function next(): Promise<void> {
    tell();
    under ??= look()
      .then(
        () => {
          isTroubled = false;
        },
        (err: unknown) => {
          if (!isTroubled) log?.warn({ err }, "lease not reached");
          isTroubled = true;
        },
      )
      .finally(() => {
        under = undefined;
        tell();
      });
    return under;
  }
  const timer = setInterval(() => void next(), leaseTimes.lookMs);
  return {
    first: next(),
    async stop() {
      clearInterval(timer);
      await under;
    },
  };
}

const encode = (lease: Lease) => new TextEncoder().encode(JSON.stringify(lease));
