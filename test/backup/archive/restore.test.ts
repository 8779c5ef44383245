import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BLOCK, padding } from '../../../src/backup/archive/member.ts';
import { tarHeader, type HeaderFacts } from '../../../src/backup/archive/tar-header.ts';
import { DOCUMENTS, flip, listing, place, restored, said, SAME_BYTES, type Place } from './archives.ts';

let made: Place;
beforeAll(async () => {
  made = await place(DOCUMENTS);
});
afterAll(() => made[Symbol.asyncDispose]());

/** Names, kinds, sizes and what links lead to; owners are the jail's. */
function tree(folder: string): string {
  return execFileSync(
    '/bin/bash',
    ['-c', "find . -printf '%P %y %s %l\\n' | grep -v ' d ' | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum"],
    {
      cwd: folder,
      encoding: 'latin1',
    },
  );
}

/** A folder with one archive that a shell made of the documents in `$SRC`. */
async function archived(script: string): Promise<Place> {
  const at = await place();
  await at.shell(`SRC=${made.folder}/src; OUT=$PWD; cd $SRC; ${script}`);
  return at;
}

describe('what comes back is what went in', () => {
  test.each([
    ['tar, as GNU writes it, with holes', 'tar -S -cf $OUT/a.tar .'],
    ['tar, as POSIX says, with holes', 'tar --format=posix -S -cf $OUT/a.tar .'],
    ['tar in gzip', 'tar -czf $OUT/a.tgz .'],
    ['tar in xz', 'tar -cf - . | xz -0 > $OUT/a.tar.xz'],
    ['tar in zstd', 'tar -cf - . | zstd -q > $OUT/a.tar.zst'],
    ['tar in lz4', 'tar -cf - . | lz4 -q > $OUT/a.tar.lz4'],
    ['tar in bzip2', 'tar -cjf $OUT/a.tar.bz2 .'],
    ['tar whose name says nothing of its compression', 'tar -czf $OUT/a.tar .'],
    ['tar in parts', 'tar -czf - . | split -b 1000 - $OUT/a.tar.gz.'],
    ['tar in parts with numbers', 'tar -cf - . | split -b 30000 -d -a 3 - $OUT/a.tar.'],
    ['cpio', 'find . | cpio -o --quiet -H newc > $OUT/a.cpio'],
    ['cpio with sums', 'find . | cpio -o --quiet -H crc > $OUT/a.cpio'],
    ['cpio of the old kind, in gzip', 'find . | cpio -o --quiet -H odc | gzip > $OUT/a.cpio.gz'],
    ['zip', 'zip -q -r -y $OUT/a.zip .'],
  ])('%s', async (_what, script) => {
    await using at = await archived(script);

    await using come = await restored(at.folder);

    expect(said(come.restored.findings), come.logs.join('\n')).toEqual(['restore.ok passed']);
    expect(tree(come.folder)).toBe(tree(join(made.folder, 'src')));
    expect(come.restored).toMatchObject({ usable: true, says: { files: { files: 44 } } });
  });

  test('with attributes, names that are too long for a header, and a hundred thousand small members', async () => {
    await using at =
      await place(`mkdir -p src/$(printf 'x%.0s' {1..120})/$(printf 'y%.0s' {1..120}); cd src/x*/y*; echo a > long; setfattr -n user.ward -v 7 long
      cd ../../..; tar --xattrs -C src -cf a.tar .`);
    const members = Array.from({ length: 100_000 }, (_, n) => member({ path: `m/${n % 100}/${n}` }));
    await using many = await place();
    writeFileSync(join(many.folder, 'a.tar'), Buffer.concat([...members, Buffer.alloc(2 * BLOCK)]));

    await using come = await restored(at.folder);
    await using all = await restored(many.folder);

    expect([said(come.restored.findings), come.restored.says]).toEqual([
      ['restore.ok passed'],
      { files: expect.objectContaining({ files: 1, attributed: 1 }) as object },
    ]);
    expect(execFileSync('getfattr', ['-Rd', '--absolute-names', come.folder], { encoding: 'utf8' })).toContain('user.ward="7"');
    expect(all.restored).toMatchObject({ usable: true, says: { files: { files: 100_000 } } });
    expect(readdirSync(join(all.folder, 'm/7'))).toHaveLength(1_000);
  });
});

/** One member of a tar archive, as somebody may write it by hand. */
function member(facts: Partial<HeaderFacts> & { readonly path: string }, content = ''): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([tarHeader({ type: '0', mode: 0o644, modified: 0, ...facts, bytes: bytes.length }), bytes, padding(bytes.length)]);
}

describe('a hostile member is refused by itself, and told by its kind', () => {
  const GOOD = member({ path: 'good.txt' }, 'good');
  const device = (() => {
    const made_ = member({ path: 'doe-jane' });
    made_.write('3', 156, 'latin1');
    made_.write(' '.repeat(8), 148, 'latin1');
    const sum = made_.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
    made_.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return made_;
  })();

  test.each<readonly [string, readonly Buffer[], readonly string[]]>([
    ['a path that leads out', [member({ path: 'doe-jane/../../outside' }, 'x')], ['restore.hostile-members failed path outside 1']],
    ['an absolute path', [member({ path: '/tmp/rsg-doe-jane' }, 'x')], ['restore.hostile-members failed absolute path 1']],
    [
      'a hard link to something outside',
      [member({ path: 'doe-jane', type: '1', target: '../../etc/passwd' }), member({ path: 'a', type: '1', target: '/etc/passwd' })],
      ['restore.hostile-members failed hard link outside 2'],
    ],
    [
      'a file that is to be written through a link',
      [member({ path: 'doe-jane', type: '2', target: '.' }), member({ path: 'doe-jane/x' }, 'x')],
      ['restore.hostile-members failed path through a link 1'],
    ],
    [
      'a link that leads out',
      [member({ path: 'doe-jane', type: '2', target: '/etc' }), member({ path: 'b/l', type: '2', target: '../../x' })],
      ['restore.ok passed', 'restore.members-left-out failed link outside 2 (note)'],
    ],
    ['a device', [device], ['restore.ok passed', 'restore.members-left-out failed device or pipe 1 (note)']],
    [
      'a program with its owner’s rights',
      [member({ path: 'doe-jane', mode: 0o4755 }, 'x')],
      ['restore.ok passed', 'restore.members-doubtful failed setuid or setgid 1 (note)'],
    ],
    [
      'a name twice',
      [member({ path: 'doe-jane' }, 'x'), member({ path: './doe-jane' }, 'y')],
      ['restore.ok passed', 'restore.members-doubtful failed same name twice 1 (note)'],
    ],
    [
      'names that differ only by case',
      [member({ path: 'doe-jane' }, 'x'), member({ path: 'Doe-Jane' }, 'y')],
      ['restore.ok passed', 'restore.members-doubtful failed names that differ only by case 1 (note)'],
    ],
    [
      'a name that is not UTF-8',
      [member({ path: 'doe-jane-M\xfcller' }, 'x')],
      ['restore.ok passed', 'restore.members-doubtful failed name that is not UTF-8 1 (note)'],
    ],
  ])('%s', async (_what, members, told) => {
    await using at = await place();
    writeFileSync(join(at.folder, 'a.tar'), Buffer.concat([...members, GOOD, Buffer.alloc(2 * BLOCK)]));

    await using come = await restored(at.folder);

    expect(said(come.restored.findings)).toEqual(told);
    expect(JSON.stringify(come.restored.findings)).not.toContain('doe');
    expect(readFileSync(join(come.folder, 'good.txt'), 'utf8')).toBe('good');
    expect(execFileSync('find', [come.folder, '-perm', '/6000', '-o', '-type', 'b', '-o', '-type', 'c'], { encoding: 'utf8' })).toBe('');
  });

  test('a file of ten gigabytes of nothing takes no room', async () => {
    await using at = await place('truncate -s 10G huge; tar -S -cf a.tar huge; rm huge');

    await using come = await restored(at.folder);

    expect(said(come.restored.findings)).toEqual(['restore.ok passed']);
    expect(statSync(join(come.folder, 'huge')).size).toBe(10 * 2 ** 30);
    expect(Number(execFileSync('du', ['-sk', come.folder], { encoding: 'utf8' }).split('\t')[0])).toBeLessThan(1_000);
  });
});

describe('an archive that is not whole fails (A11, A13, A14)', () => {
  const cut = (share: string): string => `for f in $OUT/a.*; do truncate -s $(( $(stat -c %s $f) * ${share} / 100 )) $f; done`;
  test.each([
    ['a tar that is cut', `tar -cf $OUT/a.tar letters run; ${cut('60')}`, 'restore.truncated failed'],
    ['a tar that is cut between two members', 'tar -cf $OUT/a.tar run latest; truncate -s 1024 $OUT/a.tar', 'restore.truncated failed'],
    ['a tar in gzip that is cut', `tar -czf $OUT/a.tar.gz .; ${cut('60')}`, 'restore.truncated failed'],
    ['a tar in zstd that is cut', `tar -cf - . | zstd -q > $OUT/a.tar.zst; ${cut('60')}`, 'restore.truncated failed'],
    ['a tar in xz that is cut', `tar -cf - . | xz -0 > $OUT/a.tar.xz; ${cut('60')}`, 'restore.truncated failed'],
    ['a tar in bzip2 that is cut', `tar -cjf $OUT/a.tar.bz2 .; ${cut('60')}`, 'restore.truncated failed'],
    ['a tar in lz4 that is cut', `tar -cf - . | lz4 -q > $OUT/a.tar.lz4; ${cut('60')}`, 'restore.truncated failed'],
    ['a cpio that is cut', `find letters | cpio -o --quiet -H newc > $OUT/a.cpio; ${cut('60')}`, 'restore.truncated failed'],
    ['a zip that is cut', `zip -q -r $OUT/a.zip letters; ${cut('60')}`, 'restore.truncated failed'],
    ['a gzip with a flipped byte', `tar ${SAME_BYTES} -czf $OUT/a.tar.gz .; ${flip('$OUT/a.tar.gz', 1_500)}`, 'restore.corrupt failed'],
    [
      'a tar with a flipped byte in a header',
      'tar -cf $OUT/a.tar run letters; printf X | dd of=$OUT/a.tar bs=1 seek=1030 conv=notrunc status=none',
      'restore.corrupt failed',
    ],
    [
      'a zip with a flipped byte',
      'zip -q -0 -r $OUT/a.zip letters; printf X | dd of=$OUT/a.zip bs=1 seek=5000 conv=notrunc status=none',
      'restore.corrupt failed',
    ],
    [
      'parts in another order',
      'tar -cf - letters | split -b 10240 - $OUT/a.tar.; cd $OUT; mv a.tar.ab x; mv a.tar.ac a.tar.ab; mv x a.tar.ac; printf Y | dd of=a.tar.ab bs=1 seek=0 conv=notrunc status=none',
      'restore.corrupt failed',
    ],
    [
      'a last part that is missing',
      'tar -cf - letters | split -b 10240 - $OUT/a.tar.; cd $OUT; rm $(ls | tail -1)',
      'restore.truncated failed',
    ],
    ['an archive of nothing (F07)', 'tar -C empty -czf $OUT/a.tar.gz .', 'restore.no-files failed'],
  ])('%s', async (_what, script, told) => {
    await using at = await archived(script);

    await using come = await restored(at.folder);

    expect(said(come.restored.findings), come.logs.join('\n')).toEqual([told]);
  });

  test.each([
    [
      'a part in the middle is missing',
      'tar -cf - letters | split -b 10240 - $OUT/a.tar.; rm $OUT/a.tar.ab',
      ['backup.files-missing failed'],
    ],
    [
      'the first part is missing',
      'tar -cf - letters | split -b 10240 -d -a 3 - $OUT/a.tar.; cd $OUT; rm a.tar.000; mv a.tar.001 a.tar.004',
      ['backup.files-missing failed'],
    ],
    ['it is empty', ': > $OUT/a.tar.gz', ['backup.empty failed']],
    ['it is the message of an error', 'echo "tar: no such file" > $OUT/a.tar.gz', ['backup.not-a-dump failed']],
    ['an older one is bad', 'tar -cf $OUT/b.tar run; : > $OUT/a.tar; touch -d yesterday $OUT/a.tar', ['backup.empty failed (note)']],
  ])('the listing says when %s', async (_what, script, told) => {
    await using at = await archived(script);

    expect(said((await listing(at.folder)).findings)).toEqual(told);
  });

  test('a digest that lies beside it must be its own', async () => {
    await using at = await archived(
      'tar -cf $OUT/a.tar run; cd $OUT; sha256sum a.tar > a.tar.sha256; printf X | dd of=a.tar bs=1 seek=600 conv=notrunc status=none',
    );

    await using come = await restored(at.folder);

    expect(come.staged.findings).toMatchObject([{ code: 'backup.digest-mismatch', outcome: 'failed' }]);
  });

  test('a disk that is too small for us is no news of the backup', async () => {
    await using at = await archived('tar -czf $OUT/a.tar.gz letters');

    await using come = await restored(at.folder, { meanwhile: jail => jail.hit('memory') });

    expect(said(come.restored.findings)).toContain('restore.out-of-memory inconclusive');
  });
});
