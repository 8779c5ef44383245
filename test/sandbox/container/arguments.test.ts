import { expect, test } from 'vitest';
import { asRunner, isSayable, runArguments, type ContainerShape, type Dialect } from '../../../src/sandbox/container/arguments.ts';
import { secretsText } from '../../../src/system/handed-secrets.ts';

const jail: ContainerShape['jail'] = {
  ...{ runner: { as: 'drill-user', uid: 61_500 }, network: false, etc: undefined, mounts: [], visible: [], hidden: [], env: {} },
  ...{ sharedMemoryBytes: 1000, temporaryBytes: 2000, readsEverything: false, processes: 100, filtered: true },
};
const shape: ContainerShape = {
  ...{ name: 'resurgam-d-1', drill: 'd', jail, root: { folder: '/root-2' }, walls: [], group: '/resurgam-d', openFiles: '1024' },
  ...{ limits: { memoryBytes: 5000, diskBytes: 6000, processes: 84, cpus: 2, timeMs: 1 }, dataBytes: undefined, takesInput: false },
  ...{ saidIn: '/pid', timeoutSeconds: 75 },
};

function line(change: Partial<ContainerShape> = {}, dialect: Dialect = 'podman'): string {
  return runArguments({ ...shape, ...change }, ['prog', 'one arg'], dialect).join(' ');
}

test('gives no network, no capability, no privilege and nothing to write', () => {
  for (const each of [
    '--network none',
    '--cap-drop ALL',
    '--security-opt no-new-privileges',
    '--read-only',
    '--user 61500:61500',
    '--pull never',
  ])
    expect(line()).toContain(each);
  expect(line()).not.toContain('--cap-add');
  expect(line()).toMatch(/--rootfs \/root-2 prog one arg$/);
});

test('limits memory, processes, processors, one file, and what stays in memory', () => {
  for (const each of ['--memory 5000 --memory-swap 5000 --pids-limit 100 --cpus 2', 'fsize=6000:6000', 'nproc=100:100', 'core=0:0'])
    expect(line()).toContain(each);
  expect(line()).toContain('/dev/shm:rw,nosuid,nodev,notmpcopyup,mode=1777,size=1000');
  expect(line()).toContain('--cgroup-parent /resurgam-d');
  expect(line()).toContain('--timeout 75');
});

test('runs over an image where the plan pins one, never over its entry point', () => {
  const args = line({ root: { image: 'localhost/x@sha256:0' } });

  expect(args).toMatch(/--entrypoint {2}localhost\/x@sha256:0 prog one arg$/);
  expect(args).not.toContain('--rootfs');
  expect(args).toContain('--image-volume ignore');
});

test('lets a first jail that reads what is root’s begin as root and give it up', () => {
  const first = { ...jail, network: true, readsEverything: true };

  expect(line({ jail: first })).toContain(
    '--user 0:0 --cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP --cap-add DAC_READ_SEARCH',
  );
  expect(line({ jail: first })).toContain('--network host');
  expect(asRunner(first, ['prog']).join(' ')).toMatch(/^\/usr\/bin\/setpriv --reuid 61500 .*\+dac_read_search --no-new-privs prog$/);
  expect(asRunner(jail, ['prog'])).toEqual(['prog']);
});

test('says each path in the form that can say it, and none that no form can', () => {
  const wall = (from: string) => ({ from, at: '/at', write: false });

  expect(line({ walls: [wall('/a,b')] })).toContain('--volume /a,b:/at:ro');
  expect(line({ walls: [wall('/a:b')] })).toContain('--mount type=bind,source=/a:b,destination=/at,ro=true');
  expect(line({ walls: [{ ...wall('/a'), write: true }] })).toContain('--volume /a:/at:rw');
  expect([
    isSayable(wall('/a,b')),
    isSayable(wall('/a:b')),
    isSayable(wall('/a:,b')),
    isSayable(wall('/a"b')),
    isSayable(wall('/a\nb')),
  ]).toEqual([true, true, false, false, false]);
});

test('tells secrets with their length first, in bytes', () => {
  expect(secretsText({ KEY: 'ä', OTHER: '' })).toBe('0000000014KEY\0ä\0OTHER\0\0');
});

test('says the same to docker, but for what docker does not know', () => {
  const image = { root: { image: 'resurgam-root' }, walls: [{ at: '/sys', empty: true as const }] };
  const [podman, docker] = [line(image), line(image, 'docker')];

  const foreign =
    /notmpcopyup,|--pidfile \S+ --cgroups no-conmon --no-hosts --passwd=false --read-only-tmpfs=false --image-volume ignore --timeout \d+/g;
  expect(docker.replace('--cidfile /pid ', '')).toBe(podman.replaceAll(foreign, '').replace('  --no-health', ' --no-health'));
});
