// How busy, full and stalled a mock host is at a moment; the fleet's table and the host's charts agree on it.
import { busy, chance, seedOf, smooth } from "./noise.ts";

/** Every mock host goes silent for these seconds of each ten minutes, so that gaps are seen. */
export const isSilent = (seconds: number): boolean => seconds % 600 >= 210 && seconds % 600 < 240;

/** The host's busy fraction; the fleet's table and the host's charts agree on it. */
export const cpuAt = (seed: number, seconds: number): number => {
  const base = 0.05 + 0.35 * chance(seed, 1);
  const spike = smooth(seed + 9, seconds, 31) > 0.93 ? 0.3 : 0;
  return Math.min(1, base * (0.4 + 1.2 * busy(seed, seconds)) + spike);
};
export const memoryAt = (seed: number, seconds: number): number =>
  Math.min(0.985, 0.25 + 0.55 * chance(seed, 2) + 0.06 * smooth(seed + 20, seconds, 600));
export const rateAt = (seed: number, seconds: number, scale: number): number =>
  scale * (0.02 + chance(seed, 3) * busy(seed + 30, seconds) ** 3 * 4);
export const stallAt = (seed: number, seconds: number, scale: number): number =>
  Math.max(0, smooth(seed, seconds, 40) - 0.55) * scale;

/** The fullest filesystem, a fraction: a few hosts in trouble, most not. */
export function fullestOf(agent: string): number {
  const luck = chance(seedOf(agent), 77);
  return luck > 0.985 ? 0.955 + (luck - 0.985) * 2 : 0.2 + luck * 0.6;
}
