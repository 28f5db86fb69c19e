// JPEGs in memory to the best class, by sharp and onnxruntime-node: node pipeline.mjs PACKAGES IMAGES MODEL [--only JSON]
// PACKAGES is a folder where `npm install --ignore-scripts sharp onnxruntime-node` was run.
// Several arrangements are tried: in one process, as such code is mostly written, and in one process a core, since
// onnxruntime-node runs a model on the thread that asks for it. `--only JSON` runs one of them.
import { fork } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [packages, folder, model, mode, given] = process.argv.slice(2);
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

async function run(session, { lanes, batch }, total) {
  let next = 0;
  let answers = 0;
  async function lane() {
    while (next < total) {
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
    answers,
    seconds: Number(process.hrtime.bigint() - began) / 1e9,
    microseconds: (user + system) / answers,
  };
}

async function warm(arrangement) {
  sharp.concurrency(arrangement.concurrency);
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: arrangement.threads, interOpNumThreads: 1, graphOptimizationLevel: 'all',
  });
  await run(session, arrangement, 1024);
  return session;
}

// A child warms up, says so, and runs its share when it is told to.
if (mode === '--child') {
  const arrangement = JSON.parse(given);
  const session = await warm(arrangement);
  process.on('message', async () => {
    process.send(await run(session, arrangement, count / arrangement.processes));
    process.disconnect();
  });
  process.send('ready');
} else {
  const cores = availableParallelism();
  const message = (worker) => new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('exit', (code) => code && reject(new Error(`a child ended with ${code}`)));
  });
  async function together(arrangement) {
    const workers = Array.from({ length: arrangement.processes }, () => fork(
      fileURLToPath(import.meta.url), [packages, folder, model, '--child', JSON.stringify(arrangement)]));
    await Promise.all(workers.map(message));
    const began = process.hrtime.bigint();
    const answered = workers.map(message);
    workers.forEach((worker) => worker.send('go'));
    const figures = await Promise.all(answered);
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const answers = figures.reduce((sum, part) => sum + part.answers, 0);
    return {
      perSecond: answers / seconds,
      microseconds: figures.reduce((sum, part) => sum + part.microseconds, 0) / figures.length,
    };
  }

  const arrangements = mode === '--only' ? [JSON.parse(given)] : [1, cores].flatMap((processes) => [
    { lanes: 2, batch: 16, threads: 1, concurrency: 1 },
    { lanes: 2 * cores, batch: 16, threads: 1, concurrency: cores },
    { lanes: 2, batch: 1, threads: 1, concurrency: 1 },
    { lanes: 2, batch: 16, threads: cores, concurrency: 1 },
    { lanes: 4, batch: 64, threads: 1, concurrency: 1 },
  ].map((arrangement) => ({ processes, ...arrangement })));
  const runs = [];
  for (const arrangement of arrangements) {
    const figures = await together(arrangement);
    runs.push({ processes: arrangement.processes, arrangement: JSON.stringify(arrangement), ...figures });
    console.error(JSON.stringify({ ...arrangement, ...figures }));
  }
  const version = (name) => JSON.parse(readFileSync(join(packages, 'node_modules', name, 'package.json'))).version;
  console.log(JSON.stringify({
    runs,
    versions: `sharp ${version('sharp')}, onnxruntime-node ${version('onnxruntime-node')}, `
      + `Node.js ${process.versions.node}`,
  }));
}
