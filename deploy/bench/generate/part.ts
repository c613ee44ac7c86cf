// What the parts of the generate suite share: turns that generators take, and the figures made of them.
import type { Result } from "../result.ts";
import { median } from "../result.ts";

/** One generator's turn. NaN where it does not tell. */
export interface Turn {
  readonly perSecond: number;
  /** The kernel's account of the whole process, its start included. */
  readonly cpuMicrosPerRequest: number;
  /** Median and 99th percentile of the time from the write, µs. */
  readonly serviceP50Micros: number;
  /** The same from the intended start. */
  readonly responseP50Micros: number;
  readonly responseP90Micros: number;
  readonly responseP99Micros: number;
}

export interface PartOptions {
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A part of the suite: its results, and sentences for results.md. */
export interface Part {
  readonly name: string;
  run(options: PartOptions): Promise<{ results: readonly Result[]; notes: readonly string[] }>;
}

export type Take = (signal: AbortSignal) => Promise<Turn>;

/** Rounds in which each generator has one turn, so that a busy neighbour is as busy for all. */
export class Rounds<Name extends string> {
  readonly #rounds: Readonly<Record<Name, Turn>>[] = [];

  /** A generator that is not installed is `undefined` and takes no turns. */
  async play(
    count: number,
    takes: Readonly<Record<Name, Take | undefined>>,
    what: string,
    { progress, signal }: PartOptions,
  ): Promise<this> {
    for (let round = 1; round <= count; round += 1) {
      progress(`round ${round} of ${count}: ${what}`);
      const turns: Partial<Record<Name, Turn>> = {};
      for (const name in takes) turns[name] = (await takes[name]?.(signal)) ?? noTurn;
      this.#rounds.push(turns as Record<Name, Turn>);
    }
    return this;
  }

  median(name: Name, what: keyof Turn): number {
    return median(this.#rounds.map((round) => round[name][what]));
  }

  /** Median of the rounds' own ratios; NaN without the peer. */
  ratio(name: Name, peer: Name, what: keyof Turn, peerWhat: keyof Turn = what): number {
    return median(this.#rounds.map((round) => round[name][what] / round[peer][peerWhat]));
  }

  /** Medians of those that took turns. */
  beside(names: readonly Name[], what: keyof Turn): Record<string, number> {
    const medians = names.map((name) => [name, this.median(name, what)] as const);
    return Object.fromEntries(medians.filter(([, value]) => !Number.isNaN(value)));
  }
}

export const noTurn: Turn = {
  perSecond: Number.NaN,
  cpuMicrosPerRequest: Number.NaN,
  serviceP50Micros: Number.NaN,
  responseP50Micros: Number.NaN,
  responseP90Micros: Number.NaN,
  responseP99Micros: Number.NaN,
};
