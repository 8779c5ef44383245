import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { StoreError } from '../../src/store/error.ts';
import { drillLog, operationLog, type LogSetting, type OperationLog } from '../../src/system/log.ts';

type Line = Readonly<Record<string, unknown>>;

/** A log and what it wrote. */
function logged(write: (log: OperationLog) => void, setting: Partial<LogSetting> = {}): readonly Line[] {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(
        ...chunk
          .toString()
          .split('\n')
          .filter(line => line !== ''),
      );
      done();
    },
  });
  write(operationLog({ level: 'info', stream, ...setting }));
  return lines.map(line => JSON.parse(line) as Line);
}

test('each line is one JSON object with time, level as a word and message', () => {
  const [line] = logged(log => log.info({ plan: 'ehr' }, 'drill finished'));

  expect(line).toMatchObject({ level: 'info', plan: 'ehr', message: 'drill finished' });
  expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('lines of a drill say whose they are', () => {
  const [line] = logged(log => drillLog(log, { client: 'lakeside', plan: 'ehr', drill: 'd-1' }).warn('slow'));

  expect(line).toMatchObject({ level: 'warn', client: 'lakeside', plan: 'ehr', drill: 'd-1', message: 'slow' });
});

test('below its level nothing is written', () => {
  const lines = logged(log => log.debug('noise'));

  expect(lines).toEqual([]);
});

const SECRET = 'hunter2-correct-horse';

test.each([
  ['by the name of a field', (log: OperationLog) => log.info({ password: SECRET }, 'x')],
  ['by a name deep inside', (log: OperationLog) => log.info({ channels: [{ mail: { auth: { smtpPassword: SECRET } } }] }, 'x')],
  ['in a header', (log: OperationLog) => log.info({ req: { headers: { authorization: `Bearer ${SECRET}`, cookie: SECRET } } }, 'x')],
  ['in an address', (log: OperationLog) => log.info({ database: `postgres://u:${SECRET}@db/x` }, 'x')],
  ['in an address in the message', (log: OperationLog) => log.info(`cannot reach postgres://u:${SECRET}@db/x`)],
  ['in what a message is made of', (log: OperationLog) => log.info('cannot reach %s', `postgres://u:${SECRET}@db/x`)],
  ['by its value from the environment', (log: OperationLog) => log.info({ said: `it was ${SECRET}` }, `it was ${SECRET}`)],
  ['in what a child is bound to', (log: OperationLog) => log.child({ token: SECRET, at: `x://u:${SECRET}@y` }).info('x')],
  ['in an error', (log: OperationLog) => log.error(new Error(`password=${SECRET}`), 'failed')],
  ['in an error in a field', (log: OperationLog) => log.error({ err: new Error('x', { cause: new Error(SECRET) }) }, 'failed')],
  ['in a hint of ours', (log: OperationLog) => log.error(new StoreError('broke', `x://u:${SECRET}@y`, { hint: `secret: ${SECRET}` }))],
  ['in a routing key', (log: OperationLog) => log.info({ routingKey: SECRET, api_key: SECRET, privateKey: SECRET, DATABASE_URL: SECRET })],
])('a secret is withheld %s', (_, write) => {
  const lines = logged(write, { env: { SMTP_PASSWORD: SECRET } });

  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toContain(SECRET);
});

test('of an error of others only its kind, code and place are written: its text may quote a row', () => {
  const error = Object.assign(new Error('Key (ssn)=(123-45-6789) already exists'), {
    code: '23505',
    detail: 'Jane Doe',
    where: 'Jane Doe',
  });

  const [line] = logged(log => log.error({ err: error }, 'could not keep it'));

  expect(line?.['err']).toMatchObject({ type: 'Error', code: '23505' });
  expect(JSON.stringify(line)).not.toMatch(/6789|Doe/);
  expect(JSON.stringify(line)).toContain('log.test.ts');
});

test('an error of ours says what it is, and what to do', () => {
  const [line] = logged(log => log.error(new StoreError('disk-full', 'the disk is full', { hint: 'Free some space.' }), 'stopped'));

  expect(line).toMatchObject({
    message: 'stopped',
    error: { type: 'StoreError', code: 'disk-full', message: 'the disk is full', hint: 'Free some space.' },
  });
});

test('what a tool printed never gets in', () => {
  const lines = logged(log => log.info({ result: { exitCode: 1, stdout: 'Jane Doe', stderr: 'Jane Doe' } }, 'pg_restore ended'));

  expect(JSON.stringify(lines)).not.toContain('Doe');
  expect(lines[0]).toMatchObject({ result: { exitCode: 1 } });
});

test('what refers to itself does not hang the log', () => {
  const ring: Record<string, unknown> = {};
  ring['again'] = ring;

  const lines = logged(log => log.info({ ring }, 'x'));

  expect(lines).toHaveLength(1);
});
