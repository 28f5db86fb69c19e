// Runs Azurite, and stops it when standard input closes, so the emulator never outlives the program that started it,
// even after a crash. With MME_AZURITE_FOLDER it runs in the background instead, and stops when a file named "stop"
// appears in that folder: Windows has no signal that lets a process save its data.
const fs = require('fs');
const path = require('path');

const folder = process.env.MME_AZURITE_FOLDER;
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
if (folder) {
  const stop = path.join(folder, 'stop');
  const watcher = fs.watchFile(stop, { interval: 200 }, now => {
    if (now.isFile()) {
      fs.unwatchFile(stop);
      process.emit('message', 'shutdown');
    }
  });
  watcher.unref();
  boundLog(path.join(folder, 'azurite.log'), 1 << 20);
} else {
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
  // After SIGTERM, only Azurite's own work keeps the process.
  process.stdin.unref?.();
}
require('azurite/dist/src/azurite.js');

// Both outputs go to the log. A full one starts again from empty.
function boundLog(log, maxBytes) {
  for (const output of [process.stdout, process.stderr]) {
    const write = output.write;
    output.write = function (...line) {
      try {
        if (fs.statSync(log).size > maxBytes) {
          fs.truncateSync(log);
        }
      } catch {
        // A log that was deleted has no size.
      }
      return write.apply(this, line);
    };
  }
}
