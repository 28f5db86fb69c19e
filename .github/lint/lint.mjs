// What actionlint doesn't ask for, and shellcheck where it is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { load } from "js-yaml";

const strict = "bash --noprofile --norc -euo pipefail {0}";
const root = new URL("../../", import.meta.url);
const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;
let problems = 0;

// What a job needs beyond what every workflow may have.
const jobPermissions = {
  "codeql.yml analyze": { actions: "read", "security-events": "write" },
  "release.yml attest": { attestations: "write" },
  "release.yml container": { attestations: "write", packages: "write" },
  "release.yml github": { contents: "write" },
};

function report(file, message) {
  console.error(`${file}: ${message}`);
  problems++;
}

function checkPermissions(file, owner, permissions, more) {
  const allowed = { contents: "read", "id-token": "write", ...more };
  for (const [scope, level] of Object.entries(permissions)) {
    if (allowed[scope] !== level) {
      report(file, `permissions of ${owner}: ${scope} is ${level}`);
    }
  }
}

function checkScript(file, name, script) {
  // What a script itself writes isn't there yet.
  const written = new Set([...script.matchAll(/^\s*cp \S+ (\S+)$/gm)].map((match) => match[1]));
  for (const [path] of script.matchAll(/(?<![\w./$-])(?:infra|src|models|sample-images)\/[\w./-]+/g)) {
    if (!written.has(path) && !existsSync(new URL(path, root))) {
      report(file, `${name} names ${path}, which doesn't exist`);
    }
  }

  if (hasShellcheck) {
    const input = `set -euo pipefail\n${script}`;
    const { status, stdout } = spawnSync("shellcheck", ["--shell=bash", "--format=gcc", "-"], { input });
    if (status !== 0) {
      report(file, `${name}\n${stdout}`);
    }
  }
}

for (const file of process.argv.slice(2)) {
  const workflow = load(readFileSync(file, "utf8"));
  if (workflow.defaults?.run?.shell !== strict) {
    report(file, `defaults.run.shell must be '${strict}'`);
  }

  checkPermissions(file, "the workflow", workflow.permissions ?? { all: "the default" }, {});

  for (const [id, job] of Object.entries(workflow.jobs)) {
    if (!job["timeout-minutes"]) {
      report(file, `job ${id} has no timeout-minutes`);
    }

    const key = `${basename(file)} ${id}`;
    checkPermissions(file, `job ${id}`, job.permissions ?? {}, jobPermissions[key] ?? {});

    for (const step of job.steps) {
      const folder = step["working-directory"];
      if (folder && !existsSync(new URL(folder, root))) {
        report(file, `working-directory ${folder} doesn't exist`);
      }

      const name = step.name ?? step.uses;
      if (step.uses && !/@v\d+(\.\d+)*$/.test(step.uses)) {
        report(file, `${step.uses} has no version`);
      }

      if (step.run) {
        checkScript(file, name, step.run);
        if (step.run.includes("${{")) {
          report(file, `${name} has an expression in its script; pass it through env`);
        }
      }
    }
  }
}

if (!hasShellcheck) {
  console.log("shellcheck is not installed here: the scripts in the workflows were not checked with it");
}

process.exit(problems === 0 ? 0 : 1);
