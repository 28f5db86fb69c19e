// Bundles the tests, which are TypeScript, and runs them with Node's own test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));
const names = (await readdir(join(root, "test"))).filter(n => n.endsWith(".test.ts"));
const outdir = await mkdtemp(join(tmpdir(), "mme-console-"));
try {
  await build({
    absWorkingDir: root, entryPoints: names.map(n => `test/${n}`), bundle: true, platform: "node", format: "esm",
    outdir, outExtension: { ".js": ".mjs" }, logLevel: "warning",
  });
  const files = names.map(n => join(outdir, n.replace(/\.ts$/, ".mjs")));
  process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1;
} finally {
  await rm(outdir, { recursive: true });
}
