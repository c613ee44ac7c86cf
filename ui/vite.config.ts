// Builds the single-page application into ui/dist, which the hub serves. `vite` alone serves it with /api passed to a hub
// (TIDEMARK_UI_HUB, or the mock's default address).
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** Leaves .br and .gz beside every file worth it, so that the hub never compresses while serving. */
function precompress(): Plugin {
  let directory = "";
  return {
    name: "tidemark:precompress",
    apply: "build",
    configResolved(config) {
      directory = resolve(config.root, config.build.outDir);
    },
    async closeBundle() {
      const files = await readdir(directory, { recursive: true });
      const texts = files.filter((file) => /\.(?:js|css|html|svg)$/.test(file));
      await Promise.all(
        texts.map(async (file) => {
          const content = await readFile(join(directory, file));
          const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
          await writeFile(join(directory, `${file}.gz`), gzipSync(content, { level: 9 }));
          await writeFile(
            join(directory, `${file}.br`),
            brotliCompressSync(content, { params: quality }),
          );
        }),
      );
    },
  };
}

/**
 * Proto makes its schemas by calls at module level. Marked as pure they fall away, and typebox with them, wherever only a
 * table or a function beside them is used. test/bundle.test.ts looks for what stays.
 */
function shedSchemas(): Plugin {
  return {
    name: "tidemark:shed-schemas",
    apply: "build",
    enforce: "post",
    transform: {
      filter: { id: /\/proto\/src\/.*\.ts$/ },
      handler: (code) => ({
        code: code.replaceAll(
          /(?<![\w.])(?:Type\.\w+|jsonParser|parser|nullable|plainText|text)\(/g,
          "/* @__PURE__ */ $&",
        ),
        map: null,
      }),
    },
  };
}

const hub = process.env["TIDEMARK_UI_HUB"] ?? "http://127.0.0.1:8479";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte(), shedSchemas(), precompress()],
  server: { host: "127.0.0.1", proxy: { "/api": hub } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // The first versions that know light-dark(): tokens.css relies on it, so nothing older could show the page.
    target: ["chrome123", "firefox120", "safari17.5"],
    reportCompressedSize: false,
  },
});
