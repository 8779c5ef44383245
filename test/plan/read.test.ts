import { chmod, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findPlan, KnownPlans, loadPlans, type PlanLibrary } from '../../src/plan/read.ts';
import { planFiles } from '../../src/system/plan-files.ts';
import { CLIENT, FIVE_LINES, vocabulary } from './vocabulary.ts';

const library: PlanLibrary = { files: planFiles, vocabulary };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plans-test-'));
  await mkdir(join(folder, 'lakeside'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<string> {
  await writeFile(join(folder, path), text);
  return join(folder, path);
}

describe('a folder of plans', () => {
  test('gives every plan below it with the client beside it', async () => {
    await put('lakeside/client.yaml', CLIENT);
    const ehr = await put('lakeside/ehr.yaml', FIVE_LINES);
    const pacs = await put('lakeside/pacs.yml', FIVE_LINES.replace('lakeside-ehr', 'lakeside-pacs'));
    await put('lakeside/notes.txt', 'no plan');

    const read = await loadPlans([folder], library);

    expect(read.loaded.map(({ file }) => file)).toEqual([ehr, pacs]);
    expect(read.plans.map(({ plan, contract }) => [plan, contract.source])).toEqual([
      ['lakeside-ehr', 'client'],
      ['lakeside-pacs', 'client'],
    ]);
    expect(read.clients.get(join(folder, 'lakeside/client.yaml'))?.name).toBe('Lakeside Family Clinic');
  });

  test('resolves what it names against the folder of the plan', async () => {
    await put('lakeside/ehr.yaml', FIVE_LINES.replace('/srv/backups/ehr', '../backups'));

    const { plans } = await loadPlans([folder], library);

    expect(plans[0]?.components[0]?.backup?.options['from']).toBe(join(folder, 'backups'));
  });

  test('with two plans of one name refuses both', async () => {
    const one = await put('lakeside/a.yaml', FIVE_LINES);
    const other = await put('lakeside/b.yaml', FIVE_LINES);

    const { plans, problems } = await loadPlans([folder], library);

    expect(plans).toEqual([]);
    expect(problems.filter(({ severity }) => severity === 'error').map(({ file, path, message }) => [file, path, message])).toEqual([
      [one, 'plan', `a second plan of the name "lakeside-ehr": the other is ${other}`],
      [other, 'plan', `a second plan of the name "lakeside-ehr": the other is ${one}`],
    ]);
  });

  test('without a plan is a problem, and so is one that is not there', async () => {
    const empty = await loadPlans([join(folder, 'lakeside')], library);
    const missing = await loadPlans([join(folder, 'riverside')], library);

    expect(empty.problems.map(({ message }) => message)).toEqual(['no plan in this folder']);
    expect(missing.problems.map(({ message }) => message)).toEqual(['not there']);
  });

  test('with a broken client gives no plan of it: another contract would judge', async () => {
    await put('lakeside/client.yaml', CLIENT.replace('rto: 3h', 'rto: three'));
    await put('lakeside/ehr.yaml', FIVE_LINES);

    const { plans, problems } = await loadPlans([folder], library);

    expect(plans).toEqual([]);
    expect(problems.filter(({ severity }) => severity === 'error').map(({ file, path }) => [file, path])).toEqual([
      [join(folder, 'lakeside/client.yaml'), 'contract.rto'],
    ]);
  });

  test('follows a link to a file, and no circle of links without end', async () => {
    const plan = await put('ehr.yaml', FIVE_LINES);
    await symlink(plan, join(folder, 'lakeside/linked.yaml'));
    await symlink(folder, join(folder, 'lakeside/circle'));
    await symlink('/nowhere', join(folder, 'lakeside/dangling.yaml'));

    const { loaded } = await loadPlans([join(folder, 'lakeside')], library);

    expect(loaded.map(({ file }) => file)).toContain(join(folder, 'lakeside/linked.yaml'));
  });
});

describe('what cannot be read', () => {
  test('as a file that is a folder in disguise or too large is said', async () => {
    await mkdir(join(folder, 'lakeside/folder.yaml'));
    const large = await put('lakeside/large.yaml', `plan: ${'x'.repeat(1_200_000)}`);

    const { problems } = await loadPlans([large], library);
    const inside = await loadPlans([join(folder, 'lakeside/folder.yaml')], library);

    expect(problems.map(({ message }) => message)).toEqual(['file too large: expected at most 1 MiB']);
    expect(inside.problems.map(({ message }) => message)).toEqual(['no plan in this folder']);
  });

  test('is said with the code of the system', async () => {
    const file = await put('lakeside/ehr.yaml', FIVE_LINES);
    await chmod(file, 0o000);
    const refusing: PlanLibrary = {
      vocabulary,
      files: { ...planFiles, read: () => Promise.reject(Object.assign(new Error('refused'), { code: 'EACCES' })) },
    };

    const { problems } = await loadPlans([file], refusing);

    expect(problems[0]).toMatchObject({ file, message: 'could not be read (EACCES)', hint: 'Allow this user to read it.' });
  });
});

describe('one plan', () => {
  test('is found by its name or its file, with its client', async () => {
    await put('lakeside/client.yaml', CLIENT);
    const file = await put('lakeside/ehr.yaml', FIVE_LINES);

    const byName = await findPlan('lakeside-ehr', folder, library);
    const byFile = await findPlan(file, '/nowhere', library);

    expect(byName.plan?.file).toBe(file);
    expect(byFile.plan?.plan).toBe('lakeside-ehr');
    expect(byName.client?.client).toBe('lakeside');
  });

  test('is found although another plan of the folder is broken, whose problems are left out', async () => {
    await put('lakeside/broken.yaml', 'plan: other\n');
    await put('lakeside/ehr.yaml', FIVE_LINES);

    const { plan, problems } = await findPlan('lakeside-ehr', folder, library);

    expect(plan?.plan).toBe('lakeside-ehr');
    expect(problems.every(({ severity }) => severity === 'warning')).toBe(true);
  });

  test('that is broken is given back as its problems', async () => {
    await put('lakeside/ehr.yaml', FIVE_LINES.replace('tool', 'tol'));

    const { plan, problems } = await findPlan('lakeside-ehr', folder, library);

    expect(plan).toBeUndefined();
    expect(problems.map(({ message }) => message)).toEqual(['unknown key "tol", did you mean "tool"?']);
  });

  test('that is not there names what was likely meant', async () => {
    await put('lakeside/ehr.yaml', FIVE_LINES);

    const { problems } = await findPlan('lakeside-her', folder, library);

    expect(problems[0]?.message).toBe('no plan "lakeside-her", did you mean "lakeside-ehr"?');
    expect(problems[0]?.hint).toContain('lakeside-ehr');
  });

  test('whose file is not there is said as such', async () => {
    const { problems } = await findPlan(join(folder, 'x.yaml'), folder, library);

    expect(problems.map(({ message }) => message)).toEqual(['not there']);
  });
});

describe('plans that are read again and again', () => {
  /** The disk, as if every file had been left alone for long; counts what is read. */
  function counting(): { readonly library: PlanLibrary; reads: number } {
    const counted = { reads: 0, library: { ...library, known: new KnownPlans() } };
    const look = async (path: string) => {
      const { kind } = await planFiles.look(path);
      const { size, ino, mtimeMs } = await stat(path).catch(() => ({ size: 0, ino: 0, mtimeMs: 0 }));
      return { kind, stamp: kind === 'file' ? [size, ino, mtimeMs].join(' ') : undefined };
    };
    const read = (file: string, limit: number) => {
      counted.reads += 1;
      return planFiles.read(file, limit);
    };
    return Object.assign(counted, { library: { ...counted.library, files: { ...planFiles, look, read } } });
  }

  test('are the same fleet while no file is touched, and none is opened', async () => {
    await put('lakeside/client.yaml', CLIENT);
    await put('lakeside/ehr.yaml', FIVE_LINES);
    const disk = counting();
    const first = await loadPlans([folder], disk.library);
    const reads = disk.reads;

    expect(await loadPlans([folder], disk.library)).toBe(first);
    expect([reads, disk.reads]).toEqual([2, 2]);
  });

  test('are read again where a file was edited or put in the place of another, and those beside it stay what they were', async () => {
    await put('lakeside/ehr.yaml', FIVE_LINES);
    await put('lakeside/pacs.yaml', FIVE_LINES.replace('lakeside-ehr', 'lakeside-pacs'));
    const disk = counting();
    const first = await loadPlans([folder], disk.library);
    const next = await put('lakeside/next', FIVE_LINES.replace('lakeside-ehr', 'lakeside-lab'));
    await rename(next, join(folder, 'lakeside/ehr.yaml'));
    const second = await loadPlans([folder], disk.library);

    expect(second.plans.map(({ plan }) => plan)).toEqual(['lakeside-lab', 'lakeside-pacs']);
    expect(second.plans[1]).toBe(first.plans[1]);
    expect(disk.reads).toBe(3);
  });

  test('are other plans when their client is another one, and are gone with their file', async () => {
    await put('lakeside/client.yaml', CLIENT);
    await put('lakeside/ehr.yaml', FIVE_LINES);
    const gone = await put('lakeside/pacs.yaml', FIVE_LINES.replace('lakeside-ehr', 'lakeside-pacs'));
    const disk = counting();
    const [before] = (await loadPlans([folder], disk.library)).plans;
    await put('lakeside/client.yaml', CLIENT.replace('rto: 3h', 'rto: 90m'));
    await rm(gone);
    const after = await loadPlans([folder], disk.library);

    expect(before?.contract.rtoMs).toBe(3 * 3_600_000);
    expect(after.plans.map(({ plan, contract }) => [plan, contract.rtoMs])).toEqual([['lakeside-ehr', 90 * 60_000]]);
  });

  test('are not taken for known while a further change of the same moment could not be seen', async () => {
    const file = await put('lakeside/ehr.yaml', FIVE_LINES);
    const known = { ...library, known: new KnownPlans() };
    await loadPlans([folder], known);
    await writeFile(file, FIVE_LINES.replace('lakeside-ehr', 'lakeside-lab'));

    expect((await loadPlans([folder], known)).plans.map(({ plan }) => plan)).toEqual(['lakeside-lab']);
  });
});
