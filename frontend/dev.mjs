/**
 * `npm run dev`: Vite with hot reload, and a Streamlit app whose widgets come from it.
 *
 * Options: `--port` of the app (any free one by default), `--root` with other frontend sources.
 */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, root: { type: "string", default: here } },
});

const vite = await createServer({ configFile: resolve(values.root, "vite.config.ts") });
await vite.listen();
const origin = vite.resolvedUrls?.local[0]?.replace(/\/$/, "");

const python = [resolve(here, "../.venv/bin/python"), "python3"].find(
  (name) => name === "python3" || existsSync(name),
);
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

const stop = () => app.kill("SIGTERM");
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
app.on("error", () => {
  process.stderr.write(`${python} was not found: run \`make demo\` once, or install Python.\n`);
  vite.close();
  process.exitCode = 1;
});
app.on("exit", async (code) => {
  await vite.close();
  if (code) {
    process.stderr.write(
      "The app did not start. It needs Streamlit and this package: " +
        "run `make demo` once, or `pip install -e .`.\n",
    );
  }
  process.exit(code ?? 0);
});
