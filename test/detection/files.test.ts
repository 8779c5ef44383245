import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bench } from '../e2e/cli.ts';
import { flip, place, SAME_BYTES, type Place } from '../backup/archive/archives.ts';

const run = promisify(execFile);
let source: Place;
/** Records as lines of JSON, letters, and a program: what a document store holds. */
beforeAll(async () => {
  source = await place(`mkdir -p documents/export documents/letters; cd documents
    for n in {1..60}; do for m in {1..20}; do echo "{\\"resourceType\\": \\"Observation\\", \\"id\\": \\"$n-$m\\", \\"note\\": \\"came in with a cough\\"}"; done > export/$n.ndjson; done
    for n in {1..60}; do printf 'dear colleague %s, thank you for sending the patient\\n' {1..30} > letters/$n.txt; done`);
});
afterAll(() => source[Symbol.asyncDispose]());

/** Stands for a file of which only its digest is known to whoever writes the plan. */
const MALWARE = 'what nobody wants to have again';

const PROBES = `
    probes:
      - files: { atLeast: 20, forbidden: [${createHash('sha256').update(MALWARE).digest('hex')}] }
      - format: { pattern: "*.ndjson", as: fhir, sample: all }`;
const NOW = '$(date -u +%Y%m%dT%H%M%SZ)';

interface Case {
  readonly id: string;
  readonly mode: string;
  readonly tool: 'archive' | 'tree';
  readonly verdict: string;
  readonly code: string;
  /** What happens to the source (the working folder) before it is backed up again. */
  readonly before?: string;
  /** How it is backed up into `$TO`; the usual job otherwise. */
  readonly job?: string;
  /** Compared with an accepted drill before, of what the usual job makes, or this script. */
  readonly accepted?: boolean;
  readonly usual?: string;
  /** What decides nothing must be said as well. */
  readonly also?: string;
  readonly options?: string;
}

const JOBS = { archive: `tar -czf $TO/documents-${NOW}.tar.gz .`, tree: `rsync -a ./ $TO/${NOW}` };

const SEAL = 'openssl enc -aes-256-ctr -pbkdf2 -iter 1 -pass pass:right';
const OPEN = 'openssl enc -d -aes-256-ctr -pbkdf2 -iter 1 -pass pass:wrong';
/** With a salt by chance one in some two thousand comes out of it as OpenPGP would begin. */
const SALT = '-S 5ea15ea15ea15ea1';
const MARKED = 'truncate -s 8M disk.img; setfattr -n user.ward -v 7 letters/*';

const cases: readonly Case[] = [
  { id: 'F07', mode: 'the mount was absent', tool: 'archive', before: 'rm -rf ./*', verdict: 'failed', code: 'restore.no-files' },
  { id: 'F07', mode: 'the mount was absent', tool: 'tree', before: 'rm -rf ./*', verdict: 'failed', code: 'backup.empty' },
  {
    id: 'F08',
    mode: 'an exclusion dropped a folder',
    tool: 'archive',
    job: `tar --exclude=./letters --exclude=*1*.ndjson -czf $TO/d-${NOW}.tar.gz .`,
    accepted: true,
    verdict: 'failed',
    code: 'files.fewer',
  },
  {
    ...{
      id: 'F09',
      mode: 'ransomware encrypted everything in place',
      tool: 'archive',
      accepted: true,
      verdict: 'failed',
      code: 'files.look-encrypted',
    },
    before: 'for f in */*; do openssl enc -aes-256-ctr -pbkdf2 -iter 1 -pass pass:x -in $f -out e; cat e > $f; done; rm e',
  },
  {
    id: 'F09',
    mode: 'what should be records is noise',
    tool: 'tree',
    before: 'for f in export/*; do head -c 4000 /dev/urandom > $f; done',
    verdict: 'failed',
    code: 'format.broken',
  },
  {
    id: 'F16',
    mode: 'records were caught half-written',
    tool: 'tree',
    before: 'for f in export/1*; do truncate -s -20 $f; done',
    accepted: true,
    verdict: 'failed',
    code: 'format.broken',
  },
  {
    id: 'F18',
    mode: 'a mirror of an empty source deleted the copy',
    tool: 'tree',
    before: 'rm -rf ./*',
    job: 'rsync -a --delete ./ $TO/',
    verdict: 'failed',
    code: 'select.no-recovery-point',
  },
  {
    ...{ id: 'F13 F14', mode: 'attributes were left out, and holes were filled', tool: 'archive', accepted: true },
    before: MARKED,
    usual: `${MARKED}; tar --xattrs -S -czf $TO/documents-${NOW}.tar.gz .`,
    verdict: 'passed',
    code: 'files.attributes-lost',
    also: 'files.holes-filled',
  },
  {
    ...{ id: 'X06', mode: 'the backup holds the list of its files, and none of them', tool: 'tree', options: ', digests: SHA256SUMS' },
    before: 'sha256sum */* > SHA256SUMS; rm -r export letters',
    verdict: 'failed',
    code: 'files.missing',
  },
  {
    ...{ id: 'X14', mode: 'malware was saved with the rest', tool: 'archive', verdict: 'failed', code: 'files.forbidden' },
    before: `printf '${MALWARE}' > letters/invoice.pdf`,
  },
  {
    ...{ id: 'F25', mode: 'it lies there encrypted, under a name that says so', tool: 'archive', verdict: 'inconclusive' },
    job: `tar -czf - . | ${SEAL} -out $TO/documents-${NOW}.tar.gz.enc`,
    code: 'drill.could-not-select',
  },
  {
    ...{ id: 'F25', mode: 'it lies there encrypted, under the name of an archive', tool: 'archive', verdict: 'inconclusive' },
    job: `tar -czf - . | ${SEAL} -out $TO/documents-${NOW}.tar.gz`,
    code: 'drill.could-not-select',
  },
  {
    ...{ id: 'F25', mode: 'it was decrypted with the wrong password, which openssl calls a success', tool: 'archive', verdict: 'failed' },
    job: `tar -czf - . | ${SEAL} ${SALT} | ${OPEN} ${SALT} -out $TO/documents-${NOW}.tar.gz`,
    code: 'backup.not-a-dump',
  },
  {
    id: 'A11',
    mode: 'the last part was not uploaded',
    tool: 'archive',
    job: `tar -czf - . | split -b 500 - $TO/d-${NOW}.tar.gz.; cd $TO; rm $(ls | tail -1)`,
    verdict: 'failed',
    code: 'restore.truncated',
  },
  {
    id: 'A13',
    mode: 'a byte was flipped',
    tool: 'archive',
    job: `tar ${SAME_BYTES} -czf $TO/d-${NOW}.tar.gz .; cd $TO; ${flip('$(ls)', 900)}`,
    verdict: 'failed',
    code: 'restore.corrupt',
  },
  {
    ...{
      id: 'A16',
      mode: 'an old copy was stored under a new name',
      tool: 'tree',
      options: ', marker: .done',
      verdict: 'objective-missed',
      code: 'objective.rpo-missed',
    },
    before: 'date -u -d "9 days ago" +%FT%TZ > .done',
  },
  {
    id: '—',
    mode: 'somebody put a path that leads out into it',
    tool: 'archive',
    job: `tar -P --transform='s,^./letters/1.txt,../../letters/1.txt,' -czf $TO/d-${NOW}.tar.gz .`,
    verdict: 'failed',
    code: 'restore.hostile-members',
  },
];

type Bench = Awaited<ReturnType<typeof bench>>;

async function backedUp(at: Bench, script: string): Promise<void> {
  await run('/bin/bash', [
    '-euc',
    `cp -a ${source.folder}/documents ${at.folder}/source; cd ${at.folder}/source; TO=${at.backups}; ${script}`,
  ]);
  await run('rm', ['-rf', `${at.folder}/source`]);
}

function planFor(at: Bench, { tool, options = '' }: Pick<Case, 'tool' | 'options'>): Promise<string> {
  return at.plan('documents', `components:\n  documents:\n    backup: { tool: ${tool}, from: ${at.backups}${options} }${PROBES}\n`);
}

describe('every mode of groups A and F that concerns copies of files is seen', () => {
  test.each(cases.map(one => [one.id, one.mode, one.tool, one] as const))('%s: %s (%s)', async (...[, , , one]) => {
    const at = await bench({ inProcess: true });
    try {
      const plan = await planFor(at, one);
      if (one.accepted === true) {
        await backedUp(at, one.usual ?? JOBS[one.tool]);
        expect((await at.drill(plan)).record.verdict).toBe('passed');
        await run('/bin/bash', ['-c', `rm -rf ${at.backups}/*`]);
      }
      await backedUp(at, `${one.before ?? ':'}; ${one.job ?? JOBS[one.tool]}`);

      const { record, ran } = await at.drill(plan);

      const said = [
        ...record.findings
          .filter(({ outcome, required }) => (required || one.verdict === 'passed') && outcome !== 'passed')
          .map(({ code }) => code),
        ...record.reasons,
      ];
      expect([record.verdict, said], ran.stderr).toEqual([one.verdict, expect.arrayContaining([one.code, one.also ?? one.code])]);
    } finally {
      await at.remove();
    }
  });
});

test.each(['archive', 'tree'] as const)('a healthy %s passes twice without any alarm, and no name is kept', async tool => {
  const at = await bench({ inProcess: true });
  try {
    const plan = await planFor(at, { tool });
    await backedUp(at, JOBS[tool]);

    for (const { record, ran } of [await at.drill(plan), await at.drill(plan)]) {
      const alarms = record.findings.filter(({ outcome }) => outcome !== 'passed');
      expect({ verdict: record.verdict, alarms, exit: ran.code }, ran.stderr).toEqual({ verdict: 'passed', alarms: [], exit: 0 });
      expect(record.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['files.ok', 'files.read', 'format.ok']));
    }
    const kept = await run('/bin/bash', [
      '-c',
      `cd ${at.home}; grep -rlE 'letters/|[0-9]\\.ndjson|colleague|cough' --exclude-dir=cache . || true`,
    ]);
    expect(kept.stdout).toBe('');
  } finally {
    await at.remove();
  }
});
