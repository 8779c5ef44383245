// Clinics with backups, some good and some not, and their plans: everything that the sweep works on.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { startServer } from '../bench/tool.mjs';

/** In memory, where it can be: a killed process leaves there what it would leave on a disk. */
const PLACE = process.env.RESURGAM_SWEEP_PLACE ?? '/tmp';
const HOUR_MS = 3_600_000;
/** The workers' clocks begin so far back, and come nearer round by round; so the last round, which waits for nothing, has today's date. */
export const BACK_MS = 26 * HOUR_MS;
export const ROUND_MS = 12 * 60_000;
export const ROUNDS = 20;
const DUMPED_MS = BACK_MS + ROUNDS * ROUND_MS + HOUR_MS;
const NEVER = '0 0 1 1 *';

/** Crons for the hours in which the rounds lie: what is listed for a whole week ahead would be most of the ledger. */
function crons() {
  const hours = Array.from({ length: 6 }, (_, index) => new Date(Date.now() - BACK_MS - (4 - index) * HOUR_MS));
  const only = all => [...new Set(all)].sort((a, b) => a - b).join(',');
  const rest = `${only(hours.map(at => at.getUTCHours()))} ${only(hours.map(at => at.getUTCDate()))} * *`;
  return ['*', '*/2', '1-59/2', '*/3'].map(minutes => `${minutes} ${rest}`);
}

/** `good` systems and `bad` ones (`none` has no backup, the others half of one), the same for each client. */
export async function makePlace({ clients, good, bad }) {
  const all = [...good, ...bad];
  const folder = mkdtempSync(join(PLACE, 'rsg-sweep-'));
  chmodSync(folder, 0o755);
  const place = { folder, clients, plans: join(folder, 'plans'), good, bad };
  await makeDumps(folder, { all, bad });
  const rules = crons();
  for (const client of clients) {
    mkdirSync(join(place.plans, client), { recursive: true });
    writeFileSync(join(place.plans, client, 'client.yaml'), clientText(client));
    for (const [index, name] of all.entries()) writePlan(place, { client, name, cron: rules[index % rules.length] });
  }
  return {
    ...place,
    log: role => join(folder, `${role.name.replaceAll(' ', '-')}.log`),
    /** Another rule for one plan: its schedule must be written again. */
    reschedule: random => writePlan(place, { client: random.pick(clients), name: random.pick(all), cron: random.pick(rules) }),
    /** Nothing is due any more this year, but for what is due now. */
    rest: () => clients.forEach(client => all.forEach(name => writePlan(place, { client, name, cron: NEVER }))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function makeDumps(folder, { all, bad }) {
  const whole = join(folder, 'whole.dump');
  const source = await startServer({ fsync: 'off', autovacuum: 'off', shared_buffers: '32MB' });
  try {
    const rows = `create table chart (id int primary key, body text not null);
      insert into chart select n, md5(n::text) from generate_series(1, 500) n`;
    await source.tool('psql', ['-qXc', rows]);
    await source.tool('pg_dump', ['-Fc', '-f', whole]);
  } finally {
    await source.stop();
  }
  for (const name of all) {
    const at = join(folder, 'backups', name);
    mkdirSync(at, { recursive: true });
    if (name === 'none') continue;
    copyFileSync(whole, join(at, `${name}.dump`));
    if (bad.includes(name)) cut(join(at, `${name}.dump`));
    date(join(at, `${name}.dump`), new Date(Date.now() - DUMPED_MS));
  }
}

function cut(path) {
  truncateSync(path, Math.floor(statSync(path).size * 0.7));
}

/** As old as the clocks of the workers need it: in the archive's header (a sign and four bytes for each of sec, min, hour, day, month, year), and as a file. */
function date(path, at) {
  const bytes = readFileSync(path);
  const fields = [at.getUTCSeconds(), at.getUTCMinutes(), at.getUTCHours(), at.getUTCDate(), at.getUTCMonth(), at.getUTCFullYear() - 1900];
  fields.forEach((field, index) => bytes.writeInt32LE(field, 17 + index * 5));
  writeFileSync(path, bytes);
  utimesSync(path, at, at);
}

function writePlan({ folder, plans }, { client, name, cron }) {
  const text = `plan: ${client}-${name}
client: ${client}
system: { name: ${client}-${name}, tier: 1, owner: it-director }
contract: { rto: 4h, rpo: 12h }
components:
  database:
    backup: { tool: pg-dump, from: ${join(folder, 'backups', name)}, job: { every: 10h, grace: 1h } }
    service: { engine: postgres, version: 15 }
workflows:
  - name: Open a chart
    required: true
    sql: { component: database, query: "select body from chart where id = 7" }
    within: 10s
schedule:
  backupCheck: "* * * * *"
  drill: { cron: "${cron}", pick: latest }
  timezone: UTC
`;
  writeFileSync(join(plans, client, `${name}.yaml`), text);
}

function clientText(client) {
  return `client: ${client}
name: Clinic ${client}
timezone: America/Chicago
contacts:
  on-call: { name: Ana On Call, email: ana@${client}.example, channels: [mail] }
  second: { name: Ben Second, email: ben@${client}.example, channels: [mail] }
  it-director: { name: Dana Reyes, role: risk-owner, email: dana@${client}.example, channels: [mail] }
mayDeclareClinical: [it-director]
ladder: { L1: [on-call, second], L2: [it-director], L3: [it-director], executive: [it-director] }
channels:
  mail: { kind: email, from: resurgam@${client}.example, server: { env: SMTP_URL } }
`;
}
