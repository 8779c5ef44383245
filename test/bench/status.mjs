// The overview of many systems with a long past, in a private state: the work of the command in a process that runs, and the command itself.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compose } from '../../dist/compose.js';
import { readStatus } from '../../dist/cli/status.js';
import { statusText } from '../../dist/cli/status-text.js';
import { connectState } from '../../dist/store/state/address.js';
import { stopPrivateServer } from '../../dist/system/private-postgres.js';
import { median, run, seconds } from './tool.mjs';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export async function benchStatus({ folder, quick, add, say }) {
  const [systems, drills, rounds] = quick ? [1_000, 100, 5] : [10_000, 100, 21];
  const home = join(folder, 'home');
  const env = { PATH: process.env.PATH, HOME: folder, RESURGAM_HOME: home, RESURGAM_PLANS: join(folder, 'plans') };
  const app = compose({ env, stop: new AbortController().signal });
  try {
    const state = await app.state();
    const began = performance.now();
    await fill(state.connectionString, systems, drills);
    say(`${systems} systems with ${systems * drills} drills, made in ${seconds(performance.now() - began)}`);
    const terminal = { colour: false, columns: 100, unicode: true };
    const taken = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      const status = await readStatus(app, state);
      statusText(status, { terminal, rows: 40, all: false });
      taken.push(performance.now() - start);
      if (status.systems.length !== systems) throw new Error(`the overview shows ${status.systems.length} systems`);
    }
    const command = [];
    for (let round = 0; round < 5; round += 1) command.push((await run(process.execPath, [MAIN, 'status'], { env })).ms);
    const basis = `median of ${rounds}, from the first question to the last line, connected; the first, cold, ${seconds(taken[0])}; the whole process \`status\` ${seconds(median(command))}`;
    add(`status over ${systems} systems and ${systems * drills} drills`, median(taken), 300, basis, 'ms');
  } finally {
    await app.closeState();
    await stopPrivateServer(join(home, 'postgres'));
  }
}

const BRIEF = `jsonb_build_object('drill', 'd-' || s || '-1', 'verdict', 'passed', 'endedAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'planDigest', repeat('a', 64), 'seq', 1)`;
const FIGURES = `jsonb_build_object('recoveryTimeMs', 90000, 'rtoMs', 14400000, 'rpaMs', 600000, 'rpoMs', 3600000)`;
const NAMES = `'c' || s % 200 as client, 'p' || s as plan`;

async function fill(connectionString, systems, drills) {
  const client = await connectState({ where: 'the benchmark', connectionString });
  try {
    await client.query('set search_path = resurgam');
    for (const text of [
      `insert into plan select client, plan, 'System ' || plan, 1, 'any', repeat('a', 64), 14400000, 3600000, '{database}', now()
         from (select ${NAMES} from generate_series(1, ${systems}) s) g`,
      `insert into drill select client, 'd-' || s || '-' || d, plan, null, case when d % 20 = 0 then 'failed' else 'passed' end,
           now() - d * interval '7 days', now() - d * interval '7 days' + interval '5 minutes', 90000, 14400000, 600000, 3600000, repeat('a', 64), d * 100 + s
         from (select s, ${NAMES} from generate_series(1, ${systems}) s) g, generate_series(1, ${drills}) d`,
      `insert into drill_series select 'c' || s % 200, 'p' || s, ${drills}, 0, 0, 0, ${BRIEF}, ${BRIEF} || ${FIGURES}, ${BRIEF} from generate_series(1, ${systems}) s`,
      `insert into backup_check select client, plan, 'database', now() - d * interval '15 minutes', null, 'passed', '{}',
           jsonb_build_object('id', 'x', 'consistentAt', '2026-11-01T00:00:00.000Z', 'availableAt', '2026-11-01T00:10:00.000Z'), 5, 1000
         from (select ${NAMES} from generate_series(1, ${systems}) s) g, generate_series(1, 30) d`,
      `insert into occurrence select client, plan || '/drill@' || d, plan, now() + d * interval '7 days', now() + d * interval '7 days 6 hours'
         from (select ${NAMES} from generate_series(1, ${systems}) s) g, generate_series(1, 3) d`,
      `insert into worker values ('bench', 'any', 'bench', 1, '0', now(), now() + interval '1 hour', 3600000, 'working')`,
      'vacuum analyze',
    ])
      await client.query(text);
  } finally {
    await client.end();
  }
}
