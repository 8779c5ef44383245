// npm test: vitest, in a place that is fast and that every account can reach.
// As root the run gets a mount namespace of its own, with its own /tmp in memory and this checkout inside it: the tests make and remove
// hundreds of databases, which takes three times as long on a disk; some of them run programs of this checkout as an ordinary user, who
// may not enter /root; and whatever they might leave in /tmp goes with the namespace. Otherwise vitest is started as it is.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { freemem } from 'node:os';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const LEAST_FREE_BYTES = 8 * 2 ** 30;
const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)];

// Ctrl-C reaches vitest as well, which ends in its own way; this process only waits for it.
process.on('SIGINT', () => undefined);
process.exitCode = process.getuid() === 0 && freemem() > LEAST_FREE_BYTES ? runApart() : run(process.execPath, vitest, CHECKOUT);

/** The checkout may itself lie below /tmp, so it is bound into the new one before that takes the old one's place. */
function runApart() {
  const place = mkdtempSync('/tmp/resurgam-tests-');
  try {
    const script = `set -e
      mount -t tmpfs -o size=60%,mode=1777 tmpfs "$2"
      mkdir "$2/checkout"
      mount --bind "$1" "$2/checkout"
      mount --move "$2" /tmp
      cd /tmp/checkout
      shift 2
      exec "$@"`;
    return run(
      'unshare',
      ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', CHECKOUT, place, process.execPath, ...vitest],
      '/',
    );
  } finally {
    rmdirSync(place);
  }
}

function run(file, args, cwd) {
  return spawnSync(file, args, { cwd, stdio: 'inherit' }).status ?? 1;
}
