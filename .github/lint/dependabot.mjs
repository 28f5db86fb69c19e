// Every folder with packages is in dependabot.yml, and the other way round.
import { readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { load } from "js-yaml";

const root = new URL("../../", import.meta.url);
const others = new Set([".git", "artifacts", "bin", "node_modules", "obj"]);
const { updates } = load(readFileSync(new URL(".github/dependabot.yml", root), "utf8"));
let problems = 0;

function* foldersWith(file, folder = "/") {
  for (const entry of readdirSync(new URL(`.${folder}`, root), { withFileTypes: true })) {
    if (entry.isDirectory() && !others.has(entry.name)) {
      yield* foldersWith(file, posix.join(folder, entry.name, "/"));
    } else if (entry.name === file) {
      yield posix.join("/", posix.dirname(posix.join(folder, file)));
    }
  }
}

function report(ecosystem, folder, problem) {
  console.error(`.github/dependabot.yml: ${ecosystem}: ${folder} ${problem}`);
  problems++;
}

for (const [ecosystem, file] of Object.entries({ npm: "package.json", pip: "requirements.txt", docker: "Dockerfile" })) {
  const kept = [...foldersWith(file)];
  const named = updates
    .filter((update) => update["package-ecosystem"] === ecosystem)
    .flatMap((update) => update.directories ?? [update.directory]);
  kept.filter((folder) => !named.includes(folder)).forEach((folder) => report(ecosystem, folder, "is missing"));
  named.filter((folder) => !kept.includes(folder)).forEach((folder) => report(ecosystem, folder, `has no ${file}`));
}

process.exit(problems === 0 ? 0 : 1);
