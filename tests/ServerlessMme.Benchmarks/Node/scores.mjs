// Compares the scores of `mme classify --format jsonl` with ONNX Runtime's on the tensors that Pillow and NumPy made:
// node scores.mjs PACKAGES MODEL TENSORS RAW LABELS
// PACKAGES is a folder where `npm install --ignore-scripts onnxruntime-node` was run, MODEL a model's folder, TENSORS and
// RAW what make_tensors.py wrote, LABELS what `mme classify` printed for the same folder of images.
import { openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [packages, model, tensors, raw, labels] = process.argv.slice(2);
const ort = createRequire(resolve(packages, 'package.json'))('onnxruntime-node');
const lines = (file) => readFileSync(file, 'utf8').split('\n').filter(Boolean);
const [head, ...hashes] = lines(tensors);
const names = hashes.map((line) => line.slice(line.indexOf(' ') + 1));
const answers = new Map(lines(labels).map((line) => JSON.parse(line)).map((answer) => [answer.image.name, answer]));

const { input } = JSON.parse(head);
const classes = JSON.parse(readFileSync(join(model, 'model.json'))).labels;
const channels = input.channels === 'grey' ? 1 : 3;
const plane = input.width * input.height;
const shape = input.layout === 'NHWC'
  ? [1, input.height, input.width, channels] : [1, channels, input.height, input.width];
const session = await ort.InferenceSession.create(join(model, 'model.onnx'));
const file = openSync(raw);
const bytes = Buffer.alloc(channels * plane * 4);
let [largest, otherLabels] = [0, 0];
for (const name of names) {
  readSync(file, bytes, 0, bytes.length, null);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, channels * plane);
  const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', values, shape) });
  const scores = results[session.outputNames[0]].data;
  const { label, top } = answers.get(name);
  if (classes[scores.indexOf(Math.max(...scores))] !== label) otherLabels++;
  for (const { index, score } of top) largest = Math.max(largest, Math.abs(score - scores[index]));
}
console.log(JSON.stringify({ images: names.length, largestDifference: largest, otherLabels }));
