// A second scheduler: node scheduling.mjs <built program> <home> <now>. It writes the schedule of three plans and ends what was missed.
const [, , sources, path, now] = process.argv;
const { openHome } = await import(`${sources}/store/home.js`);
const { openLedger } = await import(`${sources}/store/ledger.js`);
const { endMissed, writeSchedules } = await import(`${sources}/store/occurrences.js`);

const ledger = await openLedger(await openHome(path), 'lakeside', {
  origin: 'resurgam.example/lakeside',
  timeZone: 'UTC',
  product: { name: 'resurgam', version: '0.1.0' },
  now: () => now,
});
const schedule = { backupCheck: '*/15 * * * *', drill: { cron: '0 * * * *', pick: 'latest', sample: false }, timezone: 'UTC', forbid: [] };
const plans = ['a', 'b', 'c'].map(plan => ({ plan, client: 'lakeside', digest: '0'.repeat(64), schedule }));
process.stdout.write(`${await endMissed(ledger, now)} ${await writeSchedules(ledger, { plans, blackouts: [], whole: true }, now)}\n`);
await ledger.checkpoint();
