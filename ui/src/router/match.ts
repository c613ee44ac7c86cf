// Paths to routes, as data: "/hosts/:id" against "/hosts/abc" gives { id: "abc" }.

export type Params = Readonly<Record<string, string>>;

/** The parameters of `path` if it fits `pattern`, segment by segment. */
export function matchPath(pattern: string, path: string): Params | undefined {
  const wanted = segmentsOf(pattern);
  const given = segmentsOf(path);
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = decodeSegment(value);
    else if (part !== value) return undefined;
  }
  return params;
}

/** `current` with `changes` applied; undefined or "" removes a key, so that a default view has a bare URL. */
export function changeQuery(
  current: URLSearchParams,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const next = new URLSearchParams(current);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === "") next.delete(key);
    else next.set(key, value);
  }
  const text = next.toString();
  return text === "" ? "" : `?${text}`;
}

const segmentsOf = (path: string) => path.split("/").filter((segment) => segment !== "");

/** A segment that is not valid percent-encoding stands for itself: the page behind it says "not found". */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
