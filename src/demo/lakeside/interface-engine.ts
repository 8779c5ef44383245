import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { copyFile, mkdir, rm, writeFile } from '../../system/files.ts';
import { script, stamp, type SamplePlace } from './place.ts';

const MESSAGES = 200;
const PATIENTS = 50;

/** The queue first, then the files: every message that the queue knows has its file by then. */
export async function makeInterfaceEngine(place: SamplePlace): Promise<void> {
  await backUpQueue(place);
  await backUpFiles(place);
}

interface Message {
  readonly control: string;
  readonly path: string;
  readonly text: string;
}

const messages: readonly Message[] = Array.from({ length: MESSAGES }, (_, at) => {
  const control = `MSG${String(at + 1).padStart(6, '0')}`;
  const patient = String(1 + (at % PATIENTS));
  const text = [
    `MSH|^~\\&|LAB|NORTH|EHR|LAKESIDE|20261101080000||ORU^R01|${control}|P|2.5`,
    `PID|1||P${patient}||DOE^JANE^${patient}`,
    `OBR|1||L26-${control}|718-7^HEMOGLOBIN^LN`,
    `OBX|1|NM|718-7||${String(11 + (at % 50) / 10)}|g/dL|12-16||||F`,
    '',
  ].join('\r');
  return { control, path: `messages/2026-11-${String(1 + (at % 20)).padStart(2, '0')}/${control}.hl7`, text };
});

async function backUpQueue({ folder, stop }: SamplePlace): Promise<void> {
  const rows = messages.map(({ control, path, text }, at) => {
    const digest = createHash('sha256').update(text).digest('hex');
    return `(${String(at + 1)}, '${control}', '${path}', '${digest}', 'sent')`;
  });
  const sql = `create table message (position integer primary key, control_id text not null unique, path text not null, sha256 text not null, state text not null);
insert into message values ${rows.join(', ')};`;
  await mkdir(join(folder, 'queue'));
  await writeFile(join(folder, 'queue.sql'), sql);
  await script(`sqlite3 queue/queue-${stamp()}.db < queue.sql; rm queue.sql`, { cwd: folder, stop });
}

/** Messages, the export, and the engine itself, in one archive. */
async function backUpFiles({ folder, checkout, stop }: SamplePlace): Promise<void> {
  const source = join(folder, 'source');
  const files = [...messages, { path: 'fhir/Patient.ndjson', text: patients() }, { path: 'fhir/Observation.ndjson', text: observations() }];
  for (const { path, text } of files) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), text);
  }
  await mkdir(join(source, 'application'));
  await copyFile(join(checkout, 'plans/lakeside/application/engine.pl'), join(source, 'application/engine.pl'));
  await mkdir(join(folder, 'archive'));
  await script(`tar -czf archive/interface-${stamp()}.tar.gz -C source .`, { cwd: folder, stop });
  await rm(source, { recursive: true });
}

const lines = (resources: readonly object[]): string => resources.map(one => `${JSON.stringify(one)}\n`).join('');

function patients(): string {
  const named = (id: string): object => ({ resourceType: 'Patient', id, active: true, name: [{ family: 'Doe', given: ['Jane', id] }] });
  return lines(Array.from({ length: PATIENTS }, (_, at) => named(String(at + 1))));
}

/** One bundle for each patient, as the engine sent them. */
function observations(): string {
  const measured = (id: string): object => ({
    ...{ resourceType: 'Observation', id: `hb-${id}`, status: 'final', subject: { reference: `Patient/${id}` } },
    ...{ code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] }, valueQuantity: { value: 14.1, unit: 'g/dL' } },
  });
  const bundle = (id: string): object => ({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: measured(id) }] });
  return lines(Array.from({ length: PATIENTS }, (_, at) => bundle(String(at + 1))));
}
