// What a drill costs beside the bare tools: the restore, the fixed overhead, memory, the download.
import { makeBackups } from './backups.mjs';
import { drill, writePlan } from './drill.mjs';
import { compareDownloads } from './download.mjs';
import { median, megabytes, seconds, startServer } from './tool.mjs';

const SIZES = quick =>
  quick
    ? [
        { name: 'large', scale: 4, noiseMegabytes: 15, compress: true },
        { name: 'small_plain', scale: 1, noiseMegabytes: 5, compress: false },
        { name: 'large_plain', scale: 4, noiseMegabytes: 30, compress: false },
        { name: 'tiny', scale: 1, noiseMegabytes: 1, compress: true },
      ]
    : [
        { name: 'large', scale: 55, noiseMegabytes: 200, compress: true },
        { name: 'small_plain', scale: 5, noiseMegabytes: 22, compress: false },
        { name: 'large_plain', scale: 55, noiseMegabytes: 220, compress: false },
        { name: 'tiny', scale: 1, noiseMegabytes: 1, compress: true },
      ];
/** Settings of a server that say where it is, not how it works. */
const NOT_SETTINGS =
  /^(server_version|server_encoding|lc_|data_directory|unix_socket|listen_addresses|port$|block_size|data_checksums|integer_datetimes|wal_block_size|config_file|hba_file|ident_file|shared_memory_size|log_)/;

export async function benchDrills(bench) {
  const { folder, quick, say } = bench;
  const backups = await makeBackups(`${folder}/backups`, SIZES(quick));
  const { large } = backups;
  say(`large: database ${megabytes(large.databaseBytes)}, backup ${megabytes(large.bytes)} (pg_dump -Fc)`);
  const rounds = quick ? 1 : 3;
  await benchRestore(large, { ...bench, rounds });
  await benchOverhead(backups.tiny, { ...bench, rounds });
  await benchMemory([backups.small_plain, backups.large_plain], bench);
  await benchDownload(bench);
}

/** The restore phase of a drill beside pg_restore alone, turn by turn so that a slow minute of the machine hits both. */
async function benchRestore(backup, { folder, rounds, add, say }) {
  const plan = writePlan(`${folder}/plans`, { name: 'large', from: backup.folder, probes: true });
  const [phases, wholes, bares] = [[], [], []];
  for (let round = 1; round <= rounds; round++) {
    const drilled = await drill(plan, `${folder}/home`);
    const bareMs = await bareRestore(backup.file, drilled.settings);
    phases.push(drilled.phaseMs('restore'));
    wholes.push(drilled.ms);
    bares.push(bareMs);
    const parts = drilled.record.phases.map(phase => `${phase.phase} ${seconds(phase.durationMs)}`).join(', ');
    say(`round ${round}: drill ${seconds(drilled.ms)} (${parts}); bare pg_restore -j 2 ${seconds(bareMs)}`);
  }
  const bare = median(bares);
  add('restore phase / bare pg_restore -j 2', median(phases) / bare, 1.05, `${seconds(median(phases))} / ${seconds(bare)}`);
  add('whole drill with all probes / bare pg_restore', median(wholes) / bare, null, `${seconds(median(wholes))} / ${seconds(bare)}`);
}

/** The same programs, the same settings, no sandbox. */
async function bareRestore(file, settings) {
  const same = Object.fromEntries(Object.entries(settings).filter(([name]) => !NOT_SETTINGS.test(name)));
  // The one does not start without the other.
  if (same.wal_level === 'minimal') same.max_wal_senders = '0';
  const server = await startServer(same);
  try {
    await server.tool('psql', ['-qXc', 'create database restored']);
    return (await server.tool('pg_restore', ['-j', '2', '-d', 'restored', file])).ms;
  } finally {
    await server.stop();
  }
}

/** Everything of the command but the restore and the questions, for a database that is hardly there. */
async function benchOverhead(backup, { folder, rounds, add, say }) {
  const plan = writePlan(`${folder}/plans`, { name: 'tiny', from: backup.folder, probes: false });
  const overheads = [];
  for (let round = 1; round <= Math.max(3, rounds); round++) {
    const drilled = await drill(plan, `${folder}/home-tiny`);
    overheads.push(drilled.ms - drilled.phaseMs('restore') - drilled.phaseMs('probes'));
    if (round === 1)
      say(
        `overhead: ${drilled.record.phases.map(phase => `${phase.phase} ${seconds(phase.durationMs)}`).join(', ')}, command ${seconds(drilled.ms)}`,
      );
  }
  add('fixed overhead without probes', median(overheads) / 1000, 2, `${overheads.map(seconds).join(', ')}`, 's');
}

async function benchMemory(backups, { folder, add }) {
  for (const backup of backups) {
    const plan = writePlan(`${folder}/plans`, { name: 'memory', from: backup.folder, probes: true });
    const { memory } = await drill(plan, `${folder}/home-memory-${backup.bytes}`);
    const peak = Math.max(memory.main, memory.fetching);
    const basis = `VmHWM: program ${megabytes(memory.main)}, fetching process ${megabytes(memory.fetching)}`;
    add(`peak memory, backup of ${megabytes(backup.bytes)}`, peak / 1e6, 200, basis, 'MB');
  }
}

async function benchDownload({ folder, quick, add }) {
  const bytes = quick ? 64e6 : 512e6;
  const { ours, plain } = await compareDownloads(folder, bytes, quick ? 1 : 5);
  const basis = `${seconds(median(plain))} / ${seconds(median(ours))}, ${megabytes(bytes)}, server in a process of its own on loopback`;
  add("S3: the SDK's single stream / our ranged download", median(plain) / median(ours), 1.5, basis, '×', 'atLeast');
}
