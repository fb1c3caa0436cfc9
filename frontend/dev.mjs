/**
 * `npm run dev`: Vite with hot reload, and a Streamlit app whose widgets come from it.
 *
 * Options: `--port` of the app and `--vite-port` (any free one by default), `--root` with other
 * frontend sources.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer } from "vite";

const PATIENCE = 5000;

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "vite-port": { type: "string" },
    root: { type: "string", default: here },
  },
});

const local = resolve(here, "../.venv/bin/python");
const python = existsSync(local) ? local : "python3";
const missing = `
import importlib.util, sys
names = ("streamlit", "streamlit_persistent_state")
sys.exit(", ".join(name for name in names if not importlib.util.find_spec(name)) or 0)
`;
const looked = spawnSync(python, ["-c", missing], { encoding: "utf8" });
if (looked.status !== 0) {
  const lacks = looked.error ? "was not found" : `does not have ${looked.stderr.trim()}`;
  process.stderr.write(`${python} ${lacks}: run \`make demo\` once, or \`pip install -e .\`.\n`);
  process.exit(1);
}

const vitePort = values["vite-port"];
const vite = await createServer({
  configFile: resolve(values.root, "vite.config.ts"),
  server: vitePort ? { port: Number(vitePort), strictPort: true } : {},
});
await vite.listen();
const origin = vite.resolvedUrls?.local[0]?.replace(/\/$/, "");

const app = spawn(
  python,
  [
    ...["-m", "streamlit", "run", resolve(here, "dev_app.py")],
    ...[`--server.port=${values.port}`, "--server.address=127.0.0.1", "--server.headless=true"],
    "--browser.gatherUsageStats=false",
  ],
  { stdio: "inherit", env: { ...process.env, STREAMLIT_PERSISTENT_STATE_DEV_SERVER: origin } },
);
process.stdout.write(`Vite with hot reload: ${origin}\nThe app's address follows.\n`);

let stopping = false;
const stop = () => {
  stopping = true;
  app.kill("SIGTERM");
  setTimeout(() => app.kill("SIGKILL"), PATIENCE).unref();
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, stop);
}
// npm passes a SIGTERM on to its shell only, which goes and leaves this process behind.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && stop(), 500).unref();

app.on("exit", async (code) => {
  await vite.close();
  if (!stopping) {
    process.stderr.write(`The app has ended by itself, with code ${code}; its reason is above.\n`);
  }
  process.exit(stopping ? 0 : (code ?? 1));
});
