// The values of one simulated host: pure and seeded, so that a fleet run twice sends the same numbers.
import type { SimulatedSeries } from "./shape.ts";

const daySeconds = 86_400;
const persistence = 0.9;
const innovation = Math.sqrt(1 - persistence ** 2);

/** Uniform 0 … 1 from a 32-bit state (mulberry32 by Tommy Ettinger, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A source of ticks for one host. */
export interface Signal {
  /** Writes `series × ticks` values, one series after the other, for the seconds from `firstSecond` on. */
  fill(values: Float64Array, firstSecond: number, stepSeconds: number, ticks: number): void;
}

export function createSignal(shape: readonly SimulatedSeries[], seed: number): Signal {
  const random = randomFrom(seed);
  const phase = random() * daySeconds;
  const scale = 0.5 + random();
  const noise = new Float64Array(shape.length);
  const held = new Float64Array(shape.length);
  let bustle = new Float64Array(0);

  function next(index: number, series: SimulatedSeries, second: number): number {
    const angle = (2 * Math.PI * (second + phase)) / daySeconds;
    // The sum of three uniforms is normal enough for noise, and cheap.
    const kick = (random() + random() + random()) * 2 - 3;
    noise[index] = persistence * (noise[index] ?? 0) + innovation * kick;
    const moving = series.swing * Math.sin(angle) + series.noise * (noise[index] ?? 0);
    const exact = scale * (series.base + moving);
    const counted =
      series.quantum === 0 ? exact : Math.round(exact / series.quantum) * series.quantum;
    return Math.min(series.max, Math.max(0, counted));
  }

  return {
    fill(values, firstSecond, stepSeconds, ticks) {
      if (bustle.length !== ticks) bustle = new Float64Array(ticks);
      for (let tick = 0; tick < ticks; tick += 1) bustle[tick] = random();
      for (const [index, series] of shape.entries()) {
        let value = held[index] ?? 0;
        for (let tick = 0; tick < ticks; tick += 1) {
          const second = firstSecond + tick * stepSeconds;
          if (series.noise === 0) value = series.base;
          else if (value === 0 || second % series.everySeconds < stepSeconds)
            value = next(index, series, second);
          values[index * ticks + tick] = (bustle[tick] ?? 1) < series.idle ? 0 : value;
        }
        held[index] = value;
      }
    },
  };
}
