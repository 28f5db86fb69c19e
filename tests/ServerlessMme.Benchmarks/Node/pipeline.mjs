// JPEGs in memory to the best class, by sharp and onnxruntime-node: node pipeline.mjs PACKAGES IMAGES MODEL
// PACKAGES is a folder where `npm install --ignore-scripts sharp onnxruntime-node` was run.
// Several arrangements are tried, and the fastest counts.
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, folder, model] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
const sharp = require('sharp');
const ort = require('onnxruntime-node');

const side = 32;
const plane = side * side;
const images = readdirSync(folder).sort().map((name) => readFileSync(join(folder, name)));
const count = 4096;
sharp.cache(false);

async function fill(image, tensor, row) {
  const pixels = await sharp(image).resize(side, side, { fit: 'fill', kernel: 'linear' })
    .removeAlpha().raw().toBuffer();
  const start = row * 3 * plane;
  for (let i = 0; i < plane; i++) {
    tensor[start + i] = pixels[3 * i] / 255;
    tensor[start + plane + i] = pixels[3 * i + 1] / 255;
    tensor[start + 2 * plane + i] = pixels[3 * i + 2] / 255;
  }
}

async function run({ lanes, batch, threads }) {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all',
  });
  let next = 0;
  let answers = 0;
  async function lane() {
    while (next < count) {
      const first = next;
      next += batch;
      const tensor = new Float32Array(batch * 3 * plane);
      await Promise.all(Array.from({ length: batch },
        (_, row) => fill(images[(first + row) % images.length], tensor, row)));
      const input = new ort.Tensor('float32', tensor, [batch, 3, side, side]);
      const scores = (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]].data;
      for (let row = 0; row < batch; row++) {
        let best = 0;
        for (let i = 1; i < 10; i++) if (scores[row * 10 + i] > scores[row * 10 + best]) best = i;
        answers += best >= 0 ? 1 : 0;
      }
    }
  }
  const began = process.hrtime.bigint();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: lanes }, lane));
  const { user, system } = process.cpuUsage(before);
  return {
    perSecond: answers / (Number(process.hrtime.bigint() - began) / 1e9),
    microseconds: (user + system) / answers,
  };
}

const cores = availableParallelism();
const arrangements = [
  { lanes: cores, batch: 16, threads: 1 },
  { lanes: 2 * cores, batch: 16, threads: 1 },
  { lanes: cores, batch: 1, threads: 1 },
  { lanes: 2, batch: 16, threads: cores },
  { lanes: 2 * cores, batch: 64, threads: 1 },
];
const best = { perSecond: 0, microseconds: Infinity };
for (const concurrency of [1, cores]) {
  sharp.concurrency(concurrency);
  for (const arrangement of arrangements) {
    await run(arrangement);
    const figures = await run(arrangement);
    console.error(JSON.stringify({ ...arrangement, concurrency, ...figures }));
    best.perSecond = Math.max(best.perSecond, figures.perSecond);
    best.microseconds = Math.min(best.microseconds, figures.microseconds);
  }
}
const version = (name) => JSON.parse(readFileSync(join(packages, 'node_modules', name, 'package.json'))).version;
console.log(JSON.stringify({
  ...best,
  versions: `sharp ${version('sharp')}, onnxruntime-node ${version('onnxruntime-node')}, Node.js ${process.versions.node}`,
}));
