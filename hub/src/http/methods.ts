// Which methods a path answers, so that a wrong one gets 405 with `Allow` instead of 404.
import type { FastifyInstance } from "fastify";

/** Watches the routes being registered; the returned function lists the methods of a path, sorted. */
export function allowedMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const byPattern = new Map<string, { readonly matches: RegExp; readonly methods: Set<string> }>();
  app.addHook("onRoute", (route) => {
    if (route.url.includes("*")) return;
    const known = byPattern.get(route.url);
    const entry = known ?? { matches: patternOf(route.url), methods: new Set<string>() };
    byPattern.set(route.url, entry);
    for (const method of [route.method].flat()) entry.methods.add(method);
  });
  return (path) =>
    byPattern
      .values()
      .filter(({ matches }) => matches.test(path))
      .flatMap(({ methods }) => methods)
      .toArray()
      .sort();
}

const patternOf = (url: string) =>
  new RegExp(`^${url.replace(/[.]/g, "\\.").replace(/:[A-Za-z]+/g, "[^/]+")}$`);
