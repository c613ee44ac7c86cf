// Labels of variants as text, and as selectors that name exactly one variant. Pure.

/** The label by which releases are told apart: proto's, written down again, for it stands among schemas. */
export const releaseLabel = "release";

type Labels = Readonly<Record<string, string>>;

/** `dataset=1000, mesh=on`; "all" for none. */
export function formatLabels(labels: Labels): string {
  const terms = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return terms.length === 0 ? "all" : terms.join(", ");
}

/** A selector of what has all of these labels. */
export const selectorOf = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
