// Runs Azurite, and stops it when standard input closes, so the emulator never outlives the program that started it,
// even after a crash. With MME_AZURITE_KEEP=1 it keeps running.
const keep = process.env.MME_AZURITE_KEEP === '1';
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
if (!keep) {
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
}
require('azurite/dist/src/azurite.js');
