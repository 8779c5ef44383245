import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeInterfaceEngine } from '../../src/demo/lakeside/interface-engine.ts';
import { bad, sample, type Sample } from './sample.ts';

let engine: Sample;
beforeAll(async () => {
  engine = await sample('interface-engine', 'interface-engine', makeInterfaceEngine);
});
afterAll(() => engine[Symbol.asyncDispose]());

/** Packs the archive again, changed by a script in its files. */
const again = (change: string): string => `mkdir open && tar -xzf archive/*.tar.gz -C open
(cd open; ${change})
tar -czf "$(ls archive/*.tar.gz)" -C open . && rm -r open`;

test('the engine comes back, takes a message and a resource, and gives both back', async () => {
  const { record, stderr } = await engine.drill('healthy');

  expect([record.verdict, record.reasons], stderr).toEqual(['passed', []]);
  expect(record.workflows.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => 'passed'));
  expect(record.findings.filter(({ code }) => code.startsWith('consistency.')).map(({ outcome }) => outcome)).not.toContain('failed');
});

test.runIf(process.getuid?.() === 0)('whoever follows its printed runbook by hand has an engine that gives messages back', async () => {
  const [message] = await engine.followed('healthy', 'curl -sS http://127.0.0.1:8090/hl7/MSG000042');

  expect(message).toContain('MSG000042');
});

test('messages that are gone, altered, broken or unknown to the queue, and an engine that refuses resources', async () => {
  const { record } = await engine.drill(
    'contents',
    `sqlite3 queue/*.db "update message set state = 'lost' where position = 9"
     ${again(`rm messages/*/MSG000001.hl7; sed -i 's/HEMOGLOBIN/HAEMOGLOBIN/' messages/*/MSG000002.hl7
       echo nothing > messages/2026-11-05/MSG000003.hl7; cp messages/*/MSG000004.hl7 messages/2026-11-05/MSG900000.hl7
       sed -i '7s/.*/{"resourceType":/' fhir/Patient.ndjson; sed -i 's/(201, /(403, /' application/engine.pl`)}`,
  );

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toEqual([
    'archive: consistency.altered',
    'archive: consistency.missing',
    'archive: consistency.without-row',
    'archive: format.broken',
    'engine: workflow.failed',
    'queue: sql.unexpected',
  ]);
  expect(record.findings.filter(({ code }) => code === 'format.broken')).toHaveLength(2);
  expect(record.workflows.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)).toEqual(['Take a FHIR resource']);
});

test('a queue that was cut off, and an engine that is in no backup', async () => {
  const { record } = await engine.drill('lost', `truncate -s 5000 queue/*.db; ${again('rm -r application')}`);

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toEqual(['engine: service.exited', 'queue: backup.truncated']);
});
