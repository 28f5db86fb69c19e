// Starts start.js in a session of its own, without a terminal, and prints its process ID:
// node background.js LOG ARGUMENTS…
const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');

const [log, ...args] = process.argv.slice(2);
const output = fs.openSync(log, 'a', 0o600);
const child = spawn(process.execPath, [path.join(__dirname, 'start.js'), ...args], {
  detached: true,
  stdio: ['ignore', output, output],
  windowsHide: true,
});
child.on('spawn', () => console.log(child.pid));
child.on('error', error => {
  console.error(error.message);
  process.exitCode = 1;
});
child.unref();
