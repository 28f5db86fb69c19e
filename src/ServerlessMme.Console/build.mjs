// Bundles src/ into dist/index.html: one file, with the hashes that a content security policy needs in dist/csp.json.
// The same lock file gives the same bytes. With --check nothing is written, and the exit code says whether dist/ is
// current.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));
const maxGzipped = 150 * 1024;

async function bundle(entry, options) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    target: ["chrome120", "firefox121", "safari17.4"],
    charset: "utf8",
    logLevel: "warning",
    ...options,
  });
  return outputFiles[0].text.trim();
}

const hash = text => `sha256-${createHash("sha256").update(text).digest("base64")}`;

const script = await bundle("src/main.ts", { format: "esm", legalComments: "eof" });
const style = await bundle("src/styles/page.css", {});
const template = await readFile(`${root}src/index.html`, "utf8");
// A function as the replacement: "$&" in the bundle must stay as it is.
const html = template.replace("/*style*/", () => style).replace("/*script*/", () => script);
const csp = `${JSON.stringify({ script: hash(script), style: hash(style) }, null, 2)}\n`;

const gzipped = gzipSync(html, { level: 9 }).length;
if (gzipped > maxGzipped) {
  throw new Error(`dist/index.html is ${gzipped} bytes gzipped; the limit is ${maxGzipped}.`);
}

const outputs = { "dist/index.html": html, "dist/csp.json": csp };
if (process.argv.includes("--check")) {
  for (const [path, text] of Object.entries(outputs)) {
    if ((await readFile(root + path, "utf8").catch(() => "")) !== text) {
      console.error(`${path} is not what its sources build. Run: npm run build`);
      process.exitCode = 1;
    }
  }
} else {
  await mkdir(`${root}dist`, { recursive: true });
  await Promise.all(Object.entries(outputs).map(([path, text]) => writeFile(root + path, text)));
}
console.log(`dist/index.html: ${html.length} characters, ${gzipped} bytes gzipped`);
