import { trace, type Span, type Tracer } from '@opentelemetry/api';
import { afterAll, afterEach, expect, test } from 'vitest';
import { testState } from '../fixtures/state.ts';
import { HOUR_MS, living, removeDump } from './living.ts';

afterEach(() => trace.disable());
afterAll(removeDump);

/** Names of the spans that are begun, as an exporter would see them. */
function watching(): ReadonlySet<string> {
  const names = new Set<string>();
  const span: Partial<Span> = { setStatus: () => span as Span, setAttribute: () => span as Span, end: () => undefined };
  const startActiveSpan = (name: string, ...rest: readonly unknown[]): unknown => {
    names.add(name);
    return (rest.at(-1) as (span: Partial<Span>) => unknown)(span);
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startActiveSpan }) as unknown as Tracer });
  return names;
}

test('a look of a worker and each step of a drill can be traced, from the schedule to the message', async () => {
  await using state = await testState();
  await using place = await living(new Date().toISOString(), state.url);
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *', real: true });
  await place.plan('empty', { cron: '0 * * * *' });
  const names = watching();
  const hand = await place.worker();
  await hand.look();
  place.clock.by(2 * HOUR_MS);
  await hand.look();
  await hand.look();
  await hand.end();

  const ofDrill = ['select', 'begin', 'provision', 'fetch', 'restore', 'start', 'probes', 'destroy', 'sign'].map(step => `drill.${step}`);
  const ofWorker = ['drill', 'backup-check', 'reap', 'keep-up', 'schedule', 'follow', 'deliver'];
  expect(names).toEqual(new Set([...ofWorker, ...ofDrill].map(name => `resurgam.${name}`)));
});
