// The one way to lose an order.

/** A copy in an order drawn at random (Fisher and Yates). `below(n)`: a whole number from 0 to below n. */
export function shuffled<T>(items: readonly T[], below: (n: number) => number): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    const [a, b] = [order[last], order[other]];
    if (a !== undefined && b !== undefined) [order[last], order[other]] = [b, a];
  }
  return order;
}
