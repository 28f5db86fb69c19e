// Runs Azurite, and ends it when standard input closes: an emulator never outlives the program that started it,
// however that program ended. With MME_AZURITE_KEEP=1 it goes on.
const keep = process.env.MME_AZURITE_KEEP === '1';
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
if (!keep) {
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
}
require('azurite/dist/src/azurite.js');
