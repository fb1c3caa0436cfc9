import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Rolldown } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * One bundle per host, `--mode inline` (components v2) or `--mode iframe` (components v1), and
 * with `--mode page` what a page does unseen.
 */
const BUNDLES: Record<string, Rolldown.RolldownOptions> = {
  inline: {
    input: here("src/hosts/inline.tsx"),
    preserveEntrySignatures: "exports-only",
    output: { entryFileNames: "widget-[hash].js" },
  },
  iframe: { input: here("index.html") },
  page: {
    input: [here("src/page/cookie.ts"), here("src/page/live.ts")],
    preserveEntrySignatures: "exports-only",
    output: { entryFileNames: "[name].js" },
  },
};

export default defineConfig(({ command, mode }) => ({
  root: here("."),
  base: "./",
  // Not that of the folder above, which copies of the sources may share.
  cacheDir: here("node_modules/.vite"),
  plugins: [react()],
  resolve: { alias: { "apache-arrow": here("src/noArrow.ts") } },
  define: command === "build" ? { "process.env.NODE_ENV": '"production"' } : {},
  server: {
    // The page of the app has another origin; by default pages of this machine may import modules.
    host: "127.0.0.1",
    port: 5173,
    // An editor empties a file before it writes it: 3 of 100 saves were read in between, and the
    // second change, coming within 50 ms, was not reported.
    watch: { awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 10 } },
  },
  build: {
    outDir: here(`../component/streamlit_persistent_state/_assets/${mode}`),
    emptyOutDir: true,
    target: ["chrome111", "firefox113", "safari16.4"],
    rolldownOptions: BUNDLES[mode] ?? {},
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: [here("tests/setup.ts")],
    restoreMocks: true,
    expect: { requireAssertions: true },
  },
}));
