// A clinic's backups, some good and some not, its plans, and a mail server: everything that the sweep works on.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { startServer } from '../bench/tool.mjs';

export const CLIENT = 'lakeside';
/** Every minute or so of this hour and the next: what is listed for a whole week ahead would be most of the ledger. */
const HOURS = [0, 1].map(hours => new Date(Date.now() + hours * 3_600_000));
const rule = minutes => `${minutes} ${only(HOURS.map(at => at.getUTCHours()))} ${only(HOURS.map(at => at.getUTCDate()))} * *`;
const only = all => [...new Set(all)].sort((a, b) => a - b).join(',');
const CRONS = ['*', '*/2', '1-59/2', '*/3'].map(rule);
const NEVER = '0 0 1 1 *';

/** Makes the folder with backups and plans: of `good` systems, and of `bad` ones (`none` has no backup, the others half of one). */
export async function makePlace({ good, bad }) {
  const all = [...good, ...bad];
  const folder = mkdtempSync('/tmp/rsg-sweep-');
  chmodSync(folder, 0o755);
  const place = { folder, home: join(folder, 'home'), plans: join(folder, 'plans'), good, bad };
  mkdirSync(join(place.plans, CLIENT), { recursive: true });
  await makeDumps(folder, { all, bad });
  writeFileSync(join(place.plans, CLIENT, 'client.yaml'), client());
  for (const name of all) writePlan(place, name, CRONS[0]);
  return {
    ...place,
    /** Another rule for one plan: its schedule must be written again. */
    reschedule: random => writePlan(place, random.pick(all), random.pick(CRONS)),
    /** Nothing is due any more this year, but for what is due now. */
    rest: () => all.forEach(name => writePlan(place, name, NEVER)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function makeDumps(folder, { all, bad }) {
  const source = await startServer({ fsync: 'off', autovacuum: 'off', shared_buffers: '32MB' });
  try {
    for (const name of all) {
      const at = join(folder, 'backups', name);
      mkdirSync(at, { recursive: true });
      if (name === 'none') continue;
      await source.tool('psql', ['-qXc', `create database ${name}`]);
      const rows = `create table chart (id int primary key, body text not null);
        insert into chart select n, md5(n::text) from generate_series(1, 500) n`;
      await source.tool('psql', ['-qX', '-d', name, '-c', rows]);
      await source.tool('pg_dump', ['-Fc', '-d', name, '-f', join(at, `${name}.dump`)]);
    }
  } finally {
    await source.stop();
  }
  for (const name of bad.filter(one => one !== 'none')) {
    const cut = join(folder, 'backups', name, `${name}.dump`);
    truncateSync(cut, Math.floor(statSync(cut).size * 0.7));
  }
}

function writePlan({ folder, plans }, name, cron) {
  const text = `plan: ${name}
client: ${CLIENT}
system: { name: ${name}, tier: 1, owner: it-director }
contract: { rto: 4h, rpo: 1h }
components:
  database:
    backup: { tool: pg-dump, from: ${join(folder, 'backups', name)}, job: { every: 30m, grace: 10m } }
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
  writeFileSync(join(plans, CLIENT, `${name}.yaml`), text);
}

function client() {
  return `client: ${CLIENT}
name: Lakeside Family Clinic
timezone: America/Chicago
contacts:
  on-call: { name: Ana On Call, email: ana@lakeside.example, channels: [mail] }
  second: { name: Ben Second, email: ben@lakeside.example, channels: [mail] }
  it-director: { name: Dana Reyes, role: risk-owner, email: dana@lakeside.example, channels: [mail] }
mayDeclareClinical: [it-director]
ladder: { L1: [on-call, second], L2: [it-director], L3: [it-director], executive: [it-director] }
channels:
  mail: { kind: email, from: resurgam@lakeside.example, server: { env: SMTP_URL } }
`;
}

/** A mail server that takes its time, and sometimes refuses for now. */
export async function receiveMail(random) {
  const accepted = [];
  const refused = { count: 0 };
  const open = new Set();
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onConnect: (session, done) => {
      open.add(session.remotePort);
      setTimeout(done, 20);
    },
    onClose: session => open.delete(session.remotePort),
    onRcptTo: (_address, _session, done) => {
      if (!random.happens(0.25)) return done();
      refused.count += 1;
      return done(Object.assign(new Error('greylisted, come again'), { responseCode: 451 }));
    },
    onData: (stream, _session, done) => {
      const chunks = [];
      stream.on('data', chunk => chunks.push(chunk));
      stream.on('end', () => {
        const id = /^Message-ID:\s*(<[^>]+>)/im.exec(Buffer.concat(chunks).toString('utf8'))?.[1] ?? '';
        setTimeout(() => {
          accepted.push(id);
          done();
        }, 60);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${server.server.address().port}`,
    accepted,
    refused,
    /** Ports of those who are connected now. */
    open,
    close: () => new Promise(resolve => server.close(resolve)),
  };
}
