// Builds the single-page application into ui/dist, which the hub serves. `vite` alone serves it with /api passed to a hub
// (TIDEMARK_UI_HUB, or the mock's default address).
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const hub = process.env["TIDEMARK_UI_HUB"] ?? "http://127.0.0.1:8479";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte()],
  server: { host: "127.0.0.1", proxy: { "/api": hub } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // The first versions that know light-dark(): tokens.css relies on it, so nothing older could show the page.
    target: ["chrome123", "firefox120", "safari17.5"],
    reportCompressedSize: false,
  },
});
