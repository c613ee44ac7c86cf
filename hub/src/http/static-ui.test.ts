import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerError } from "./problems.ts";
import { isPage, staticUi } from "./static-ui.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tidemark-ui-"));
  mkdirSync(join(directory, "assets"));
  writeFileSync(
    join(directory, "index.html"),
    '<!doctype html><script>theme()</script><script type="module" src="/assets/app-1a2b.js"></script>',
  );
  writeFileSync(join(directory, "favicon.svg"), "<svg/>");
  writeFileSync(join(directory, "assets", "app-1a2b.js"), "app()");
  writeFileSync(join(directory, "assets", "app-1a2b.js.gz"), gzipSync("app()"));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function serve(root = directory) {
  const app = fastify();
  const ui = staticUi(root);
  app.setErrorHandler(answerError);
  await ui.register(app);
  app.setNotFoundHandler((request, reply) =>
    isPage(request) ? ui.shell(reply) : reply.code(404).send("none"),
  );
  return { app, ui };
}

test.each([
  ["/", "no-cache", "text/html"],
  ["/favicon.svg", "no-cache", "image/svg+xml"],
  ["/assets/app-1a2b.js", "public, max-age=31536000, immutable", "application/javascript"],
  ["/agents/aaaaaaaaaaaaaaaa?from=1", "no-cache", "text/html"],
])("serves %s with %s", async (url, cacheControl, type) => {
  const { app } = await serve();
  const reply = await app.inject(url);
  expect(reply.statusCode).toBe(200);
  expect(reply.headers["cache-control"]).toBe(cacheControl);
  expect(reply.headers["content-type"]).toContain(type);
});

test("serves what the build compressed, to whoever takes it", async () => {
  const { app } = await serve();
  const reply = await app.inject({
    url: "/assets/app-1a2b.js",
    headers: { "accept-encoding": "gzip" },
  });
  expect(reply.headers["content-encoding"]).toBe("gzip");
  expect(reply.headers["content-type"]).toContain("application/javascript");
});

test.each(["/assets/gone.js", "/..%2f..%2fetc%2fpasswd", "/.env", "/%2e%2e/index.html.bak"])(
  "does not serve %s",
  async (url) => {
    const { app } = await serve();
    const { statusCode, body } = await app.inject(url);
    expect([403, 404]).toContain(statusCode);
    expect(body).not.toContain("root:");
  },
);

test("admits the inline scripts of the page by hash, and no others", async () => {
  const { ui } = await serve();
  // echo -n 'theme()' | openssl dgst -sha256 -binary | base64
  expect(ui.scriptHashes).toEqual(["'sha256-Rfr3GgHZFiXm+TmNr+li+0sZ4J9FGllo8jsXcJF5XZ8='"]);
});

test("says that no UI was built", async () => {
  const { app } = await serve(join(directory, "missing"));
  const reply = await app.inject("/");
  expect(reply.statusCode).toBe(503);
  expect(reply.json()).toMatchObject({ code: "unavailable" });
});
