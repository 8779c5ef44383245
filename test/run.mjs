// npm test: vitest, from a place that every account can reach.
// Some tests run programs of this checkout as an ordinary user. A checkout below a folder that only root may enter (/root, or what mktemp
// makes) is shown to this run at a second place, in a mount namespace of its own that goes with it.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)];

process.exitCode = process.getuid() !== 0 || canBeReached(CHECKOUT) ? run(process.execPath, vitest, CHECKOUT) : runElsewhere();

function runElsewhere() {
  const place = mkdtempSync('/tmp/checkout-');
  chmodSync(place, 0o755);
  try {
    const script = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"';
    const shown = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', CHECKOUT, place];
    return run('unshare', [...shown, process.execPath, ...vitest], '/');
  } finally {
    rmdirSync(place);
  }
}

function run(file, args, cwd) {
  // Ctrl-C reaches vitest as well, which ends in its own way; this process only waits for it.
  process.on('SIGINT', () => undefined);
  return spawnSync(file, args, { cwd, stdio: 'inherit' }).status ?? 1;
}

function canBeReached(path) {
  const open = (statSync(path).mode & 0o001) !== 0;
  return open && (path === '/' || canBeReached(dirname(path)));
}
