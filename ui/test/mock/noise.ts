// Seeded, stateless signals: the same seed and second always give the same value, so that a page and a test agree.

/** FNV-1a over text, 32 bits. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** 0 … 1 from a seed and a whole number. */
export function chance(seed: number, step: number): number {
  let mixed = Math.imul(seed ^ Math.imul(step | 0, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** 0 … 1, smooth over `period` seconds. */
export function smooth(seed: number, seconds: number, period: number): number {
  const place = seconds / period;
  const step = Math.floor(place);
  const part = place - step;
  const ease = part * part * (3 - 2 * part);
  return chance(seed, step) * (1 - ease) + chance(seed, step + 1) * ease;
}

/** 0 … 1 with slow, quick and very quick parts, like a machine at work. */
export function busy(seed: number, seconds: number): number {
  return (
    0.5 * smooth(seed, seconds, 900) +
    0.3 * smooth(seed + 1, seconds, 47) +
    0.2 * smooth(seed + 2, seconds, 3)
  );
}
