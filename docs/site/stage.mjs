// Copies the repository's Markdown into artifacts/obj/site, from which docfx builds the site. Readers of the site don't
// have the repository, so a linked source file or folder becomes a page of its own, and links are changed to match.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const staged = join(root, 'artifacts/obj/site');
const folders = ['.', 'docs', 'docs/site', 'infra', 'training', 'models/cifar10', 'models/sign-language-digits',
    'src/ServerlessMme.Console'];
const skipped = /^(\..*|bin|obj|node_modules|package-lock\.json|packages\.lock\.json)$/;
const picture = /\.(png|svg|jpg)$/;
const languages = {
    bicep: 'bicep', bicepparam: 'bicep', cs: 'csharp', json: 'json', mjs: 'javascript', py: 'python', ts: 'typescript',
    yaml: 'yaml', yml: 'yaml',
};

const pages = folders.flatMap(folder => readdirSync(join(root, folder))
    .filter(name => name.endsWith('.md'))
    .map(name => posix.join(folder, name)));
const targets = new Map(pages.map(page => [page, page.replace(/(^|\/)README\.md$/, '$1index.md')]));
targets.set('docs/code-reference.md', 'api/index.md');
const pending = [];
const problems = [];

for (const page of pages) {
    write(targets.get(page), withoutFences(read(page), line => relink(line, page)));
}

while (pending.length > 0) {
    const path = pending.pop();
    write(targets.get(path), isFolder(path) ? folderPage(path) : filePage(path));
}

write('toc.yml', read('docs/site/toc.yml'));
write('docs/toc.yml', read('docs/site/docs.yml'));
checkNavigation();

if (problems.length > 0) {
    console.error(problems.join('\n'));
    process.exit(1);
}

function relink(line, page) {
    return line.replace(/(\]\(|\]: )([^)\s]+)/g, (whole, start, link) => {
        if (/^([a-z]+:|#)/.test(link)) {
            return whole;
        }

        const [path, anchor] = link.split('#');
        const file = posix.join(posix.dirname(page), path).replace(/\/$/, '');
        if (!existsSync(join(root, file))) {
            problems.push(`${page} links to ${link}, which doesn't exist.`);
            return whole;
        }

        const target = targetOf(file);
        const changed = posix.relative(posix.dirname(targets.get(page)), target);
        return start + changed + (anchor === undefined || !target.endsWith('.md') ? '' : `#${anchor}`);
    });
}

// The staged file that shows a file or a folder of the repository.
function targetOf(path) {
    if (targets.has(`${path}/README.md`)) {
        return targets.get(`${path}/README.md`);
    }

    if (!targets.has(path)) {
        if (picture.test(path)) {
            targets.set(path, path);
            mkdirSync(dirname(join(staged, path)), { recursive: true });
            copyFileSync(join(root, path), join(staged, path));
        } else {
            targets.set(path, isFolder(path) ? `files/${path}/index.md` : `files/${path}.md`);
            pending.push(path);
        }
    }

    return targets.get(path);
}

function filePage(path) {
    const text = read(path).trimEnd();
    const fence = '`'.repeat(1 + Math.max(2, ...[...text.matchAll(/`+/g)].map(ticks => ticks[0].length)));
    const language = languages[path.split('.').pop()] ?? '';
    return `${head(path)}\n${fence}${language}\n${text}\n${fence}\n`;
}

function folderPage(path) {
    const entries = readdirSync(join(root, path)).filter(name => !skipped.test(name)).sort();
    return head(path) + entries.map(name => {
        const child = `${path}/${name}`;
        // Pages for what lies deeper would end at the whole repository.
        return isFolder(child) || picture.test(name) || isBinary(child)
            ? `\n- ${name}${isFolder(child) ? '/' : ''}`
            : `\n- [${name}](${posix.relative(`files/${path}`, targetOf(child))})`;
    }).join('') + '\n';
}

// Search finds documents only, not their sources.
function head(path) {
    const name = posix.basename(path);
    return `---\n_noindex: true\n_disableAffix: true\n---\n# ${name}\n\n\`${path}\` in the repository.\n`;
}

function withoutFences(text, change) {
    let fence = null;
    return text.split('\n').map(line => {
        const ticks = /^\s*(```+|~~~+)/.exec(line)?.[1];
        if (ticks !== undefined && (fence === null || ticks.startsWith(fence))) {
            fence = fence === null ? ticks : null;
            return line;
        }

        return fence === null ? change(line) : line;
    }).join('\n');
}

// A document that no reader can navigate to is forgotten.
function checkNavigation() {
    const listed = new Set([['docs/site/toc.yml', '.'], ['docs/site/docs.yml', 'docs']].flatMap(([toc, folder]) =>
        [...read(toc).matchAll(/(?:href|homepage): (.+)/g)].map(entry => posix.join(folder, entry[1]))));
    for (const page of pages.filter(page => !listed.has(targets.get(page)))) {
        const href = posix.relative('docs', targets.get(page));
        problems.push(`${page} is missing from the navigation. Add "href: ${href}" to docs/site/docs.yml.`);
    }
}

function isFolder(path) {
    return statSync(join(root, path)).isDirectory();
}

function isBinary(path) {
    return readFileSync(join(root, path)).includes(0);
}

function read(path) {
    return readFileSync(join(root, path), 'utf8');
}

function write(path, text) {
    mkdirSync(dirname(join(staged, path)), { recursive: true });
    writeFileSync(join(staged, path), text);
}
