import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** One bundle per host: `--mode inline` (components v2) or `--mode iframe` (components v1). */
export default defineConfig(({ command, mode }) => ({
  root: here("."),
  base: "./",
  plugins: [react()],
  resolve: { alias: { "apache-arrow": here("src/noArrow.ts") } },
  define: command === "build" ? { "process.env.NODE_ENV": '"production"' } : {},
  // The page of the app has another origin; by default pages of this machine may import modules.
  server: { host: "127.0.0.1", port: 5173 },
  build: {
    outDir: here(`../component/streamlit_persistent_state/_assets/${mode}`),
    emptyOutDir: true,
    target: ["chrome111", "firefox113", "safari16.4"],
    rolldownOptions:
      mode === "inline"
        ? {
            input: here("src/hosts/inline.tsx"),
            preserveEntrySignatures: "exports-only",
            output: { entryFileNames: "widget-[hash].js" },
          }
        : { input: here("index.html") },
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: [here("tests/setup.ts")],
    restoreMocks: true,
    expect: { requireAssertions: true },
  },
}));
