// The chart palette as eyes see it: every line stands out from its surface, and lines that are likely to be drawn together
// stay apart for readers with protanopia and deuteranopia, in either theme.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Vector = readonly [number, number, number];
const css = readFileSync(new URL("../tokens.css", import.meta.url), "utf8");

function token(name: string, theme: 0 | 1): Vector {
  const pair = new RegExp(
    `--${name}: light-dark\\(\\s*(#[0-9a-f]{6}),\\s*(#[0-9a-f]{6})\\s*\\)`,
  ).exec(css);
  const hex = pair?.[theme + 1];
  if (hex === undefined) throw new Error(`tokens.css has no pair --${name}`);
  const part = (at: number) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  return [part(1), part(3), part(5)];
}
const linear = (value: number) =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const apply = (matrix: readonly Vector[], [red, green, blue]: Vector): Vector => {
  const row = (index: 0 | 1 | 2) => {
    const [a = 0, b = 0, c = 0] = matrix[index] ?? [];
    return Math.max(0, a * red + b * green + c * blue);
  };
  return [row(0), row(1), row(2)];
};
const luminance = ([red, green, blue]: Vector) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
const contrast = (left: Vector, right: Vector) => {
  const [high = 0, low = 0] = [luminance(left), luminance(right)].toSorted((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const visions: Record<string, readonly Vector[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** Distance in OKLab × 100; about 2 is just noticeable side by side. */
function distance(left: Vector, right: Vector): number {
  const [a, b] = [oklab(left), oklab(right)];
  return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
function oklab(rgb: Vector): Vector {
  const cone = apply(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  );
  const [l, m, s] = [Math.cbrt(cone[0]), Math.cbrt(cone[1]), Math.cbrt(cone[2])];
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const themes = [
  ["light", 0],
  ["dark", 1],
] as const;
const names = Array.from({ length: 8 }, (_, index) => `line-${index + 1}`);

test.each(themes)("every line stands out from the %s surface", (_, theme) => {
  for (const name of names)
    expect(contrast(token(name, theme), token("surface", theme)), name).toBeGreaterThanOrEqual(3);
});

test.each(themes)("text reaches AA on every %s surface", (_, theme) => {
  for (const ink of ["ink", "ink-2", "ink-3", "accent", "good", "warn", "bad"])
    for (const surface of ["canvas", "surface", "hover"])
      expect(
        contrast(token(ink, theme), token(surface, theme)),
        `${ink} on ${surface}`,
      ).toBeGreaterThanOrEqual(4.5);
  expect(contrast(token("on-accent", theme), token("accent", theme))).toBeGreaterThanOrEqual(4.5);
});

test.each(
  themes.flatMap(([name, theme]) =>
    Object.keys(visions).map((vision) => [name, vision, theme] as const),
  ),
)("in the %s theme the first six lines stay apart with %s vision", (_, vision, theme) => {
  const seen = names.slice(0, 6).map((name) => apply(visions[vision] ?? [], token(name, theme)));
  for (const [left, one] of seen.entries())
    for (const [right, other] of seen.entries())
      if (left < right)
        expect(distance(one, other), `${names[left]} and ${names[right]}`).toBeGreaterThan(5);
});
