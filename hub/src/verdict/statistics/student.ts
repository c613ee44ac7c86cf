// Student's t: distribution and quantile, to about 1e-13. jstat's stop at 1e-8 and bring no types.

/** P(T ≤ t) with `df` degrees of freedom, which need not be whole (Welch's are not). */
export function tCdf(t: number, df: number): number {
  const tail = upperTail(Math.abs(t), df);
  return t > 0 ? 1 - tail : tail;
}

/** The t below which T lies with probability `p`, 0 < p < 1. */
export function tQuantile(p: number, df: number): number {
  if (p < 0.5) return -tQuantile(1 - p, df);
  const beyond = 1 - p;
  const scale = Math.exp(lnGamma((df + 1) / 2) - lnGamma(df / 2)) / Math.sqrt(df * Math.PI);
  let t = 0;
  // Right of 0 the tail is convex and falling: Newton's steps from there come ever closer and never pass the root.
  for (let step = 1; step > 1e-14 * t;) {
    const density = scale * (1 + (t * t) / df) ** (-(df + 1) / 2);
    step = (upperTail(t, df) - beyond) / density;
    t += Math.max(0, step);
  }
  return t;
}

/** P(T > t) for t ≥ 0: half the regularised incomplete beta function at df/(df + t²); Abramowitz & Stegun 26.7.1. */
function upperTail(t: number, df: number): number {
  const x = df / (df + t * t);
  const rest = (t * t) / (df + t * t);
  if (rest === 0) return 0.5;
  const front = Math.exp(
    lnGamma((df + 1) / 2) -
      lnGamma(df / 2) -
      lnGamma(0.5) +
      (df / 2) * Math.log(x) +
      0.5 * Math.log(rest),
  );
  // The continued fraction converges fast on one side of the mean; on the other, the mirrored one does.
  if (x < (df / 2 + 1) / (df / 2 + 2.5))
    return (front * betaFraction(x, df / 2, 0.5)) / (df / 2) / 2;
  return (1 - (front * betaFraction(rest, 0.5, df / 2)) / 0.5) / 2;
}

/** The incomplete beta function's continued fraction by Lentz' method: Press et al., Numerical Recipes in C (1992), 6.4. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= fractionTermsMax; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return fraction;
}

/** Far more than needed: their number grows as the square root of df. */
const fractionTermsMax = 10_000;

/** ln Γ(x) for x > 0 by Lanczos' approximation with g = 7 and Godfrey's nine coefficients. */
function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const sum = lanczos.reduce(
    (total, coefficient, k) => total + coefficient / (x - 1 + k + 1),
    0.999_999_999_999_809_93,
  );
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const lanczos = [
  676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_13, -176.615_029_162_140_59,
  12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
] as const;
