import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../src/probe/files/files.ts';
import type { Facts } from '../../src/probe/probe.ts';
import { bad, restoredTree, type RestoredTree } from './restored-tree.ts';

let made: RestoredTree;
/** Sixty documents, thirty larger images of text, and one whose name is in Latin-1; made once, copied for each test. */
const copied = (): Promise<RestoredTree> => restoredTree(`cp -a ${made.root}/. .`);
beforeAll(async () => {
  made = await restoredTree();
  for (const folder of ['documents/2026', 'images']) await mkdir(join(made.root, folder), { recursive: true });
  const text = (n: number, lines: number): string =>
    Array.from({ length: lines }, (_, at) => `patient ${n} wrote letter ${at * n}\n`).join('');
  for (let n = 1; n <= 60; n += 1) await writeFile(join(made.root, `documents/2026/${n}.txt`), text(n, 99));
  for (let n = 1; n <= 30; n += 1) await writeFile(join(made.root, `images/${n}.img`), text(n, 400));
  await made.shell("printf x > $'documents/M\\xfcller'; chmod 755 images/1.img");
});
afterAll(() => made[Symbol.asyncDispose]());

async function accepted(tree: RestoredTree): Promise<Facts> {
  const { facts, findings } = await tree.ask(files);
  expect(findings.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  return JSON.parse(JSON.stringify(facts)) as Facts;
}

test('a tree is counted and read, and keeps no name of its files', async () => {
  await using tree = await copied();

  const answer = await tree.ask(files);

  expect(answer.findings).toMatchObject([
    { code: 'files.ok', outcome: 'passed', observed: 91 },
    { code: 'files.read', outcome: 'passed', observed: 91, expected: 91 },
  ]);
  expect(answer.facts).toMatchObject({ files: 91, executable: 1, attributed: 0 });
  expect(JSON.stringify(answer.facts)).not.toMatch(/documents|images|2026|txt|ller/);
});

test('the same tree again, grown and with some files gone and altered, is no alarm', async () => {
  await using tree = await copied();
  const baseline = await accepted(tree);
  await tree.shell('rm documents/2026/1.txt; echo more >> documents/2026/2.txt; mkdir new; for n in {1..1500}; do echo $n > new/$n; done');

  expect(bad(await tree.ask(files, { baseline }))).toEqual([]);
  expect(bad(await tree.ask(files, { baseline, value: { changed: '10%' } }))).toEqual([]);
});

test('a sample is read as far as the plan says, and the share is told', async () => {
  await using tree = await copied();

  const [some, none, all] = [
    await tree.ask(files, { value: { digests: 10 } }),
    await tree.ask(files, { value: { digests: 0 } }),
    await tree.ask(files, { value: { digests: 'all' } }),
  ];

  expect(some.findings[1]).toMatchObject({ code: 'files.read', observed: 10, expected: 91 });
  expect(some.limitations).toContain('Not every restored file was read to its end: the finding files.read says how many were.');
  expect(none.findings.map(({ code }) => code)).toEqual(['files.ok']);
  expect(all.findings[1]).toMatchObject({ code: 'files.read', observed: 91 });
});

describe('what the plan or the backup itself says must be there', () => {
  test.each([
    ['a number of files', { value: { atLeast: 92 } }, ['files.too-few 91 of 92']],
    ['their size', { value: { size: { atLeast: '1GiB' } } }, [expect.stringMatching(/^files.too-small \d+ of 1073741824$/)]],
    ['files of the backup', { says: { files: 92 } }, ['files.fewer-than-backup 91 of 92']],
    [
      'bytes of the backup',
      { says: { files: 91, bytes: 10 ** 9 } },
      [expect.stringMatching(/^files.fewer-than-backup \d+ of 1000000000$/)],
    ],
    ['a list of digests', { value: { list: 'documents/SHA256SUMS' } }, ['files.list-missing null of null']],
  ])('is missed: %s', async (_what, asked, told) => {
    await using tree = await copied();

    expect(bad(await tree.ask(files, asked))).toEqual(told);
  });

  test('and nothing at all is never enough (F07, F18)', async () => {
    await using tree = await restoredTree('mkdir -p empty/mountpoint');

    expect(bad(await tree.ask(files))).toEqual(['files.none 0 of 1']);
  });
});

describe('a list of digests', () => {
  test.each(['md5', 'sha1', 'sha256', 'sha512'])('by %ssum, with a name of several lines, agrees with what it was made of', async kind => {
    await using tree = await copied();
    await tree.shell(`printf x > $'documents/two\\nlines'; cd documents; find . -type f ! -name SUMS -print0 | xargs -0 ${kind}sum > SUMS`);

    const answer = await tree.ask(files, { says: { digests: 'documents/SUMS' } });

    expect(bad(answer)).toEqual([]);
    expect(answer.findings).toContainEqual(expect.objectContaining({ code: 'files.as-listed', expected: 62, observed: 62 }));
  });

  test('tells what is missing and what differs, with the same size', async () => {
    await using tree = await copied();
    await tree.shell(
      `find documents -type f -print0 | xargs -0 sha256sum > SUMS; rm documents/2026/7.txt; printf X | dd of=documents/2026/8.txt conv=notrunc status=none`,
    );

    expect(bad(await tree.ask(files, { value: { list: 'SUMS' } }))).toEqual(['files.missing 1 of 61', 'files.differ 1 of 60']);
  });
});

describe('against the last accepted drill', () => {
  test.each<readonly [string, (tree: RestoredTree) => Promise<unknown>, readonly unknown[]]>([
    [
      'an exclusion drops most of it, or the backup script itself deletes it (F08, A24)',
      tree => tree.shell('rm -r documents/2026'),
      ['files.fewer 31 of 91', 'files.gone 60 of 91', 'files.folders-gone 1 of 2 (note)'],
    ],
    ['everything is renamed, as many as before (F09)', tree => tree.each(file => rename(file, `${file}.locked`)), ['files.gone 90 of 91']],
    [
      'everything is encrypted in place (F09)',
      tree => tree.each(async file => writeFile(file, randomBytes((await readFile(file)).length + 16))),
      [expect.stringMatching(/^files.look-encrypted \d+ of 91$/)],
    ],
    [
      'the contents are cut to nothing',
      tree => tree.shell('for f in images/*; do : > $f; done'),
      [expect.stringMatching(/^files.fewer-bytes /)],
    ],
    ['the modes are lost', tree => tree.shell('chmod -R a-x,u+X .'), ['files.modes-lost 0 of 1 (note)']],
  ])('it is seen when %s', async (_what, inject, told) => {
    await using tree = await copied();
    const baseline = await accepted(tree);
    await inject(tree);

    expect(bad(await tree.ask(files, { baseline }))).toEqual(told);
  });

  test('a share that the plan sets decides', async () => {
    await using tree = await copied();
    const baseline = await accepted(tree);
    await tree.shell('rm images/{1..10}.img; for n in {1..10}; do echo more >> documents/2026/$n.txt; done');

    expect(bad(await tree.ask(files, { baseline, value: { changed: '5%' } }))).toEqual([
      'files.fewer 81 of 91',
      'files.gone 10 of 91',
      'files.altered 10 of 81',
      'files.modes-lost 0 of 1 (note)',
    ]);
  });

  test('lost attributes and filled holes are told (F13, F14)', async () => {
    await using tree = await copied();
    await tree.shell(`truncate -s 8M disk.img; setfattr -n user.ward -v 7 documents/2026/*.txt`);
    const { facts } = await tree.ask(files);
    await tree.shell('setfattr -x user.ward documents/2026/*.txt; cp --sparse=never disk.img d; mv d disk.img');

    expect(facts).toMatchObject({ attributed: 60 });
    expect(bad(await tree.ask(files, { baseline: facts }))).toEqual([
      'files.attributes-lost 0 of 60 (note)',
      expect.stringMatching(/^files.holes-filled \d{7,} of \d+ \(note\)$/),
    ]);
  });
});

test('files of known malware are found wherever they lie, and everything is read for it (X14)', async () => {
  await using tree = await copied();
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  await tree.shell('mkdir -p images/old; printf malware > images/old/invoice.pdf; cp images/old/invoice.pdf run');

  const answer = await tree.ask(files, { value: { digests: 3, forbidden: [digest('malware').toUpperCase(), digest('another')] } });

  expect(bad(answer)).toEqual(['files.forbidden 2 of 0']);
  expect(answer.findings).toContainEqual(expect.objectContaining({ code: 'files.read', observed: 93, expected: 93 }));
  expect(bad(await tree.ask(files, { value: { forbidden: [digest('another')] } }))).toEqual([]);
});

test('links to nothing and out of the tree are told, and none of them is followed', async () => {
  await using tree = await copied();
  await tree.shell(
    `ln -s nowhere dangling; ln -s /etc absolute; ln -s ../../etc documents/out; ln -s documents inside; ln -s . images/round`,
  );

  const answer = await tree.ask(files);

  expect(bad(answer)).toEqual(['files.links-dangling 1 of 0 (note)', 'files.links-outside 2 of 0 (note)']);
  expect(answer.facts).toMatchObject({ files: 91, links: 5 });
});

test('options that mean nothing are refused', () => {
  for (const value of [
    { atLeast: 0 },
    { changed: '5' },
    { list: '/etc/passwd' },
    { list: 'a/../../b' },
    { digests: 'some' },
    { forbidden: ['5e'] },
    { files: 1 },
  ])
    expect(files.value.safeParse(value).success, JSON.stringify(value)).toBe(false);
});
