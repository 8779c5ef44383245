// A second process that appends to a ledger: node appending.mjs <built program> <home> <worker> <how many> [bare]     bare: no file beside the entry
// It says "ready" before the first append, so that a test can kill it in the middle.
const [, , sources, path, worker, count, bare] = process.argv;
const { openHome } = await import(`${sources}/store/home.js`);
const { openLedger } = await import(`${sources}/store/ledger.js`);

const ledger = await openLedger(await openHome(path), 'lakeside', {
  origin: 'resurgam.example/lakeside',
  timeZone: 'UTC',
  product: { name: 'resurgam', version: '0.1.0' },
  now: () => new Date().toISOString(),
});
process.stdout.write('ready\n');
try {
  for (let made = 0; made < Number(count); made += 1) {
    await ledger.append(
      { type: 'heartbeat', actor: { kind: 'worker', id: worker }, fields: { worker, intervalMs: 1000, openDrills: [] } },
      bare ? [] : [{ name: `plans/${worker}-${made}.yaml`, bytes: `plan: ${worker} ${made}\n` }],
    );
    process.stdout.write(`${made}\n`);
  }
} catch (error) {
  process.stdout.write(`${error.name} ${error.code}\n`);
  process.exitCode = 1;
}
