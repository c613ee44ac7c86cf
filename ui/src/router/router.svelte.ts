// Where the browser is, as state, and the two ways to go elsewhere. The URL holds the view: path, range, sort and filter.
import { changeQuery } from "./match.ts";

interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

let place = $state.raw<Place>(read());

export const router = {
  get path(): string {
    return place.path;
  },
  get query(): URLSearchParams {
    return place.query;
  },
};

/** Goes to a URL of this application. `replace` keeps the present entry out of the history. */
export function navigate(url: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(history.state, "", url);
  else history.pushState(null, "", url);
  const before = place.path;
  place = read();
  if (place.path !== before) scrollTo(0, 0);
}

/** Changes the view on the same page: only the named query keys. */
export function setQuery(
  changes: Readonly<Record<string, string | undefined>>,
  options: { replace?: boolean } = {},
): void {
  navigate(place.path + changeQuery(place.query, changes), options);
}

/** Follows history and turns plain clicks on links of this origin into navigation; returns how to stop. */
export function startRouter(): () => void {
  const stop = new AbortController();
  addEventListener("popstate", () => (place = read()), { signal: stop.signal });
  document.addEventListener("click", followLink, { signal: stop.signal });
  return () => stop.abort();
}

function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.origin !== location.origin || link.target !== "") return;
  if (link.hasAttribute("download") || link.getAttribute("href")?.startsWith("#")) return;
  if (link.pathname.startsWith("/api/")) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
}

function read(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}
