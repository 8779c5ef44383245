import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePacs } from '../../src/demo/lakeside/pacs.ts';
import { bad, sample, type Sample } from './sample.ts';

let pacs: Sample;
beforeAll(async () => {
  pacs = await sample('pacs', 'pacs', makePacs);
});
afterAll(() => pacs[Symbol.asyncDispose]());

/** Packs the archive again, changed by a script in the store of Orthanc. */
const again = (change: string): string => `mkdir ../open && tar -xzf pacs-*.tar.gz -C ../open
cd ../open/store/db-v6; ${change}; cd "$OLDPWD"
tar -czf "$(ls pacs-*.tar.gz)" -C ../open store && rm -r ../open`;

test('the archive comes back, and a study can be found and opened', async () => {
  const { record, stderr } = await pacs.drill('healthy');

  expect([record.verdict, record.reasons], stderr).toEqual(['passed', []]);
  expect(record.workflows.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
  expect(record.sandbox).toMatchObject({ networkAttempts: 0 });
});

test.runIf(process.getuid?.() === 0)('whoever follows its printed runbook by hand has an archive that shows its images', async () => {
  const asked = `curl -sS http://127.0.0.1:8042/statistics | jq .CountInstances
    image=$(curl -sS http://127.0.0.1:8042/instances | jq -r '.[0]'); curl -sS "http://127.0.0.1:8042/instances/$image/file" | tail -c +129 | head -c 4`;

  expect(await pacs.followed('healthy', asked)).toEqual(['12', 'DICM']);
});

test('images that are gone, cut, or have another byte are told apart', async () => {
  const { record } = await pacs.drill(
    'images',
    again(`mapfile -t files < <(find . -type f -regex '.*/[0-9a-f-]*' -size +1k | sort)
      rm "\${files[0]}" "\${files[1]}"; truncate -s 500 "\${files[2]}"
      printf 'x' | dd of="\${files[3]}" bs=1 seek=$(($(stat -c %s "\${files[3]}") - 1)) conv=notrunc status=none`),
  );

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toEqual(expect.arrayContaining(['images: dicom.images-altered', 'images: dicom.images-missing']));
});

test('an archive without the index fails, although Orthanc would start', async () => {
  const { record } = await pacs.drill('index', again('rm index*'));

  expect([record.verdict, bad(record)]).toEqual(['failed', ['images: service.index-missing']]);
});

test('an archive that was cut off fails', async () => {
  const { record } = await pacs.drill('cut', 'truncate -s -900 pacs-*.tar.gz');

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toContain('images: restore.truncated');
});
