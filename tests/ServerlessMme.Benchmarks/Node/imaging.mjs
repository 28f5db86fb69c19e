// JPEGs to float tensors by sharp, for each second of processor time: node imaging.mjs PACKAGES IMAGES SIDE
// PACKAGES is a folder where `npm install --ignore-scripts sharp` was run.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, folder, sideText] = process.argv.slice(2);
const sharp = createRequire(join(packages, 'package.json'))('sharp');
const side = Number(sideText);
const plane = side * side;
const images = readdirSync(folder).sort().map((name) => readFileSync(join(folder, name)));
const tensor = new Float32Array(3 * plane);
sharp.cache(false);
sharp.concurrency(1);

async function run(seconds) {
  const before = process.cpuUsage();
  for (let i = 0; ; i++) {
    const pixels = await sharp(images[i % images.length])
      .resize(side, side, { fit: 'fill', kernel: 'linear' }).removeAlpha().raw().toBuffer();
    for (let p = 0; p < plane; p++) {
      tensor[p] = pixels[3 * p] / 255;
      tensor[plane + p] = pixels[3 * p + 1] / 255;
      tensor[2 * plane + p] = pixels[3 * p + 2] / 255;
    }
    const { user, system } = process.cpuUsage(before);
    if (user + system > seconds * 1e6 && (i + 1) % images.length === 0) return (i + 1) / ((user + system) / 1e6);
  }
}

await run(0.5);
const figures = [];
for (let round = 0; round < 5; round++) figures.push(await run(0.4));
figures.sort((a, b) => a - b);
const { version } = JSON.parse(readFileSync(join(packages, 'node_modules', 'sharp', 'package.json')));
console.log(JSON.stringify({ perSecond: figures[2], versions: `sharp ${version}, Node.js ${process.versions.node}` }));
