import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/plan/client.ts';
import { loadClient, loadPlan } from '../../src/plan/load.ts';
import { bytes, CLIENT, FIVE_LINES, vocabulary } from './vocabulary.ts';

const FILE = '/srv/plans/lakeside/ehr.yaml';

function clientOf(text: string): Client {
  const { client, problems } = loadClient({ file: '/srv/plans/lakeside/client.yaml', bytes: bytes(text) });
  if (client === undefined) throw new Error(JSON.stringify(problems, null, 2));
  return client;
}

function said(text: string, client?: Client): readonly string[] {
  const { problems } = loadPlan({ file: FILE, bytes: bytes(text) }, vocabulary, client);
  return problems.map(({ severity, line, message }) => `${severity} ${line}: ${message}`);
}

function clientSaid(text: string): readonly string[] {
  return loadClient({ file: 'client.yaml', bytes: bytes(text) }).problems.map(({ line, message }) => `${line}: ${message}`);
}

/** A plan of tier 1 that is complete, with the client of the fixtures. */
const TIER_ONE = `${FIVE_LINES}system: { tier: 1 }
workflows:
  - { name: Open a chart, sql: select 1 }
`;

describe('a plan of tier 1', () => {
  test('is accepted with contacts, contract and a required workflow', () => {
    expect(said(TIER_ONE, clientOf(CLIENT))).toEqual([]);
  });

  test('is refused without anybody who can be reached, without a contract and without a workflow', () => {
    expect(said(`${FIVE_LINES}system: { tier: 1 }\n`)).toEqual([
      'error 1: no required workflow: nothing shows that people could use the system',
      'error 6: no contact can be reached: nobody hears of a failed drill',
      'error 6: no contract: expected rto and rpo in the plan or in client.yaml',
    ]);
  });

  test('is refused when its only workflow is not required', () => {
    expect(said(TIER_ONE.replace('sql: select 1', 'sql: select 1, required: false'), clientOf(CLIENT))).toEqual([
      'error 7: no required workflow: nothing shows that people could use the system',
    ]);
  });

  test('is refused when a component has neither service nor runbook', () => {
    const text = TIER_ONE.replace('system:', '  portal: { needs: [database] }\nsystem:').replace(
      '{ name: Open a chart, sql: select 1 }',
      '{ name: Open, sql: { component: database, query: select 1 } }',
    );

    expect(said(text, clientOf(CLIENT))).toEqual([
      'error 6: expected a service or a runbook: nothing says how this component is made to run',
    ]);
  });

  test('is refused when nobody may declare that clinical work has stopped', () => {
    expect(said(TIER_ONE, clientOf(CLIENT.replace(/mayDeclareClinical.*\n/, '')))).toEqual([
      'error 6: nobody may declare that clinical work has stopped',
    ]);
  });
});

test('a plan of another tier is only warned', () => {
  expect(said(FIVE_LINES).every(line => line.startsWith('warning'))).toBe(true);
  expect(said(FIVE_LINES)).toHaveLength(2);
});

describe('components', () => {
  const three = (needs: Readonly<Record<string, string>>): string =>
    `plan: p\nclient: c\ncomponents:\n${Object.entries(needs)
      .map(([name, list]) => `  ${name}: { needs: [${list}], backup: { tool: pg-dump, from: /x } }\n`)
      .join('')}`;

  test('that need one another in a circle are refused once', () => {
    const errors = said(three({ a: 'b', b: 'c', c: 'a', d: 'a' })).filter(line => line.startsWith('error'));

    expect(errors).toEqual(['error 4: components need one another in a circle: a needs b needs c needs a']);
  });

  test('that need themselves are refused', () => {
    expect(said(three({ a: 'a' }))).toContain('error 4: components need one another in a circle: a needs a');
  });

  test('that need something unknown are refused with what was likely meant', () => {
    expect(said(three({ database: '', app: 'databse' }))).toContain('error 5: unknown component "databse", did you mean "database"?');
  });

  test('that need one thing by two ways are accepted', () => {
    expect(said(three({ a: '', b: 'a', c: 'a', d: 'b, c' })).filter(line => line.startsWith('error'))).toEqual([]);
  });

  test('that take more than the whole drill has are refused with both figures', () => {
    const text = `${three({ a: '', b: '' }).replace('a: {', 'a: { limits: { memory: 3GiB },')}limits: { memory: 2GiB }\n`;

    expect(said(text)).toContain('error 4: components take 3072MiB for themselves, and the whole drill has 2048MiB');
    expect(said(text.replace('memory: 2GiB', 'memory: 4GiB')).filter(line => line.startsWith('error'))).toEqual([]);
  });

  test('of which none has a backup are refused', () => {
    expect(said('plan: p\nclient: c\ncomponents:\n  a: { service: { engine: openemr } }\n')).toContain(
      'error 3: no component has a backup: there is nothing to restore',
    );
  });
});

describe('a contract that the backups cannot keep', () => {
  const withJob = (job: string, contract = '{ rto: 4h, rpo: 1h }'): readonly string[] =>
    said(`${FIVE_LINES.replace('ehr }', `ehr, job: ${job} }`)}contract: ${contract}\n`).filter(line => line.startsWith('error'));

  test('is refused with the arithmetic (MX-23)', () => {
    expect(withJob('{ every: 1h, takes: 10m, arrives: 5m }')).toEqual([
      'error 5: backups every 1 h that take 10 min and then 5 min to arrive leave up to 1 h 15 min at risk; rpo is 1 h',
    ]);
  });

  test('is refused by interval and grace when no more is known, and says so', () => {
    expect(withJob('{ every: 1h, grace: 20m }')).toEqual([
      'error 5: backups every 1 h that may be 20 min late (grace; takes and arrives are not given) leave up to 1 h 20 min at risk; rpo is 1 h',
    ]);
  });

  test.each([
    ['{ every: 30m, takes: 10m, arrives: 5m }', '{ rpo: 1h }'],
    ['{ every: 45m, takes: 15m }', '{ rpo: 1h }'],
    ['{ every: 24h }', '{ rpo: 30h }'],
  ])('is not one with %s and %s', (job, contract) => {
    expect(withJob(job, contract)).toEqual([]);
  });

  test('is not one where the tool reaches every moment', () => {
    const text = 'plan: p\nclient: c\ncomponents:\n  d: { backup: { tool: wal-archive, stanza: x, job: { every: 24h } } }\n';

    expect(said(text).filter(line => line.startsWith('error'))).toEqual([]);
  });

  test('is one where the tool reaches them, but not as this plan uses it', () => {
    const text = 'plan: p\nclient: c\ncomponents:\n  d: { backup: { tool: wal-archive, stanza: without-log, job: { every: 24h } } }\n';

    expect(said(text).filter(line => line.startsWith('error'))).toHaveLength(1);
  });

  test('is refused when people alone need longer', () => {
    expect(said(`${FIVE_LINES}allowance: { detect: 3h, decide: 1h }\n`)).toContain(
      'error 6: people alone need 4 h before the restore begins; rto is 4 h',
    );
    expect(said(`${FIVE_LINES}allowance: { detect: 3h, decide: 1h }\ncontract: { rtoStarts: detection }\n`).join('\n')).not.toContain(
      'people alone',
    );
  });
});

describe('questions', () => {
  test('none of which is required cannot pass', () => {
    const empty = said(`${FIVE_LINES}    probes: []\n`);
    const optional = said(`${FIVE_LINES}    probes: [{ integrity: full, required: false }]\n`);

    for (const remarks of [empty, optional]) {
      expect(remarks).toContain('error 3: no probe and no workflow is required: such a plan cannot pass');
    }
  });

  test('that the engine cannot answer are refused', () => {
    expect(said(`${FIVE_LINES}    probes: [{ http: { get: /x, status: 200 } }, { integrity: full }]\n`)).toContain(
      'error 6: http is asked of openemr; this component is a postgres service',
    );
  });

  test('of one name are refused', () => {
    expect(said(`${FIVE_LINES}    probes:\n      - { sql: select 1, name: One }\n      - { sql: select 2, name: One }\n`)).toContain(
      'error 8: a second probe of the name "One"',
    );
  });

  test('of workflows name a component that exists', () => {
    expect(said(`${FIVE_LINES}workflows:\n  - { name: Open, sql: { component: databas, query: select 1 } }\n`)).toContain(
      'error 7: unknown component "databas", did you mean "database"?',
    );
  });
});

describe('evidence', () => {
  test('of a system with health information is kept six years', () => {
    expect(said(`${FIVE_LINES}evidence: { keep: 5y }\n`)).toContain(
      'error 6: expected at least 6y while the system holds protected health information',
    );
    expect(said(`${FIVE_LINES}evidence: { keep: 5y }\nsystem: { phi: false }\n`).join('\n')).not.toContain('at least 6y');
    expect(said(`${FIVE_LINES}evidence: { keep: 2192d }\n`).join('\n')).not.toContain('at least 6y');
  });
});

describe('a schedule', () => {
  test.each([
    ['backupCheck: "* * * *"', 'expected five fields: minute, hour, day of month, month, day of week'],
    ['drill: "61 2 * * SUN"', 'expected a schedule such as "0 2 * * SUN"'],
    ['drill: { cron: "0 0 31 2 *" }', 'expected a time that comes; this one never does'],
    ['timezone: America/Chicgo', 'expected a time zone such as America/Chicago, found "America/Chicgo"'],
    ['timezone: "+02:00"', 'expected a time zone such as America/Chicago'],
    ['windows: { forbid: ["MON-FRI 7-19"] }', 'expected a window such as MON-FRI 07:00-19:00 or DAILY 22:00-06:00'],
    ['windows: { forbid: ["MON-FRI 07:00-25:00"] }', 'expected a window such as'],
    ['drill: { pick: { at: yesterday } }', 'expected a moment such as 2026-11-01T08:00:00Z'],
  ])('with %s is refused', (entry, message) => {
    expect(said(`${FIVE_LINES}schedule: { ${entry} }\n`).join('\n')).toContain(message);
  });

  test('whose every drill is forbidden is refused; some forbidden ones are a warning', () => {
    const never = said(`${FIVE_LINES}schedule: { drill: "0 12 * * MON", windows: { forbid: ["MON-FRI 07:00-19:00"] } }\n`);
    const some = said(`${FIVE_LINES}schedule: { drill: "0 12 * * *", windows: { forbid: ["SAT-SUN 07:00-19:00"] } }\n`);

    expect(never).toContain('error 6: every drill falls into a window that forbids it');
    expect(some.join('\n')).toMatch(/warning 6: 1\d of 60 drills fall into a window/);
  });

  test('takes a moment of a random loss from a job', () => {
    expect(said(`${FIVE_LINES}failureInstant: random\n`)).toContain(
      'error 6: a random moment of loss is drawn from job.every, and no backup has a job',
    );
  });
});

test('weaker isolation is accepted only with a reason', () => {
  expect(said(`${FIVE_LINES}sandbox: { accept: [same-user] }\n`).join('\n')).toContain(
    'expected a reason why weaker isolation is accepted',
  );
});

test('a plan of another client than its folder is refused', () => {
  expect(said(FIVE_LINES.replace('client: lakeside', 'client: riverside'), clientOf(CLIENT))).toContain(
    'error 2: expected "lakeside" as in client.yaml beside the plan, found "riverside"',
  );
});

test('an owner is a contact of the client', () => {
  expect(said(`${FIVE_LINES}system: { owner: it-directr }\n`, clientOf(CLIENT))).toContain(
    'error 6: unknown contact "it-directr", did you mean "it-director"?',
  );
});

describe('a client', () => {
  test('with a contact that nobody can reach in a tier is refused', () => {
    expect(clientSaid(CLIENT.replace('    phone: +1 312 555 0100\n', ''))).toEqual(['14: none of these contacts can be reached']);
  });

  test.each([
    ['L1: [on-call]', 'L1: [on-cal]', 'unknown contact "on-cal", did you mean "on-call"?'],
    ['email: dana@lakeside.example', 'email: dana', 'expected a mail address, found "dana"'],
    ['phone: +1 312 555 0100', 'phone: call me', 'expected a telephone number such as +1 312 555 0100, found "call me"'],
    ['rto: 3h', 'rto: 3 h', 'expected a duration such as 4h or 1h30m, found "3 h"'],
    ['rpo: 30m', 'respond: { P1: soon }', 'expected a time such as 15m, 4 business hours or 2 business days, found "soon"'],
    ['timezone: America/Chicago', 'timezonee: UTC', 'unknown key "timezonee", did you mean "timezone"?'],
    ['    email: dana@lakeside.example', '    email: dana@lakeside.example\n    channels: [pager]', 'unknown channel "pager"'],
  ])('with %s turned into %s is refused', (from, to, message) => {
    expect(clientSaid(CLIENT.replace(from, to)).join('\n')).toContain(message);
  });

  test('takes channels with their addresses as secrets', () => {
    const channel = (url: string): string => `${CLIENT}channels:\n  team: { kind: slack, url: ${url} }\n`;

    const refused = loadClient({ file: 'client.yaml', bytes: bytes(channel('https://hooks.slack.example/T0/hunter2')) });

    expect(clientSaid(channel('{ env: SLACK_URL }'))).toEqual([]);
    expect(refused.client).toBeUndefined();
    expect(JSON.stringify(refused.problems)).not.toContain('hunter2');
  });

  test('counts times of answer in business hours', () => {
    const client = clientOf(CLIENT.replace('  rpo: 30m', '  rpo: 30m\n  respond: { P1: 15m, P3: 4 business hours, P4: 1 business day }'));

    expect(client.contract.respond).toEqual({ P1: { ms: 900_000 }, P3: { businessHours: 4 }, P4: { businessDays: 1 } });
  });
});

describe('scenarios', () => {
  const said3 = (scenarios: string, workflows = '[{ name: Open, sql: select 1 }]'): readonly string[] =>
    said(
      `plan: p\nclient: c\ncomponents:\n  database: { backup: { tool: pg-dump, from: /x } }\nworkflows: ${workflows}\nscenarios:\n  - ${scenarios}\n`,
    ).filter(line => line.startsWith('error'));

  test('are accepted with workflows that the plan has, and without any name all required ones must be possible', () => {
    expect(said3('{ name: Fire, event: it burns, without: [identity, "site:main"], workflows: [Open] }')).toEqual([]);
    expect(said3('{ name: Fire, event: it burns }')).toEqual([]);
  });

  test('are refused where they name what is not there, twice the same, or nothing that must be possible', () => {
    expect(said3('{ name: Fire, event: it burns, workflows: [Opne] }')).toEqual(['error 7: unknown workflow "Opne", did you mean "Open"?']);
    expect(said3('{ name: Fire, event: it burns }\n  - { name: Fire, event: again }')).toEqual([
      'error 8: a second scenario of the name "Fire"',
    ]);
    expect(said3('{ name: Fire, event: it burns }', '[]')).toEqual([
      'error 7: nothing must be possible in it: the plan has no required workflow',
    ]);
    expect(said3('{ name: Fire, event: it burns, without: [water] }')).toEqual([
      'error 7: expected one of kms, identity, dns, site:NAME, found "water"',
    ]);
    expect(said3('{ name: Fire }')).toEqual([
      'error 7: expected what has happened in it: one line of text, at most 200 characters, found nothing',
    ]);
  });
});

describe('checks across components', () => {
  const two = `plan: p
client: c
components:
  database: { backup: { tool: pg-dump, from: /x } }
  queue: { backup: { tool: pg-dump, from: /y } }
consistency:
  - `;
  const errors = (check: string): readonly string[] => said(`${two}${check}\n`).filter(line => line.startsWith('error'));

  test('are accepted where each side can answer', () => {
    expect(errors('{ each: select id from a, of: queue, existsIn: database, as: select id from b }')).toEqual([]);
    expect(errors('{ highest: select 1, of: queue, notBeyond: { component: database, query: select 2 } }')).toEqual([]);
  });

  test('are refused where it is open who is asked, whom they speak of, or what', () => {
    expect(errors('{ each: select 1, existsIn: database, as: select 1 }')).toEqual(['error 7: expected of: several components speak SQL']);
    expect(errors('{ each: select 1, of: queue, existsIn: databse }')).toEqual([
      'error 7: unknown component "databse", did you mean "database"?',
    ]);
    expect(errors('{ each: select 1, of: queue, existsIn: database }')).toEqual(['error 7: database is asked in SQL: expected as:']);
    expect(errors('{ each: select 1 }')).toEqual(['error 7: expected the component in which each of them must exist, found nothing']);
    expect(errors('{ of: queue }')).toEqual(['error 7: expected each and existsIn, or highest and notBeyond, found nothing']);
    expect(errors('{ highest: select 1, of: queue }')).toEqual(['error 7: expected what the position must not be beyond, found nothing']);
  });
});
