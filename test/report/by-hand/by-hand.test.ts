import { expect, test } from 'vitest';
import { loadClient, loadPlan } from '../../../src/plan/load.ts';
import { handView } from '../../../src/report/by-hand/by-hand.ts';
import { CLIENT, vocabulary } from '../../plan/vocabulary.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function factsOf(needs: string): Readonly<Record<string, string>> {
  const { client } = loadClient({ file: '/plans/client.yaml', bytes: bytes(CLIENT) });
  const text = `plan: ehr\nclient: lakeside\nsystem: { needs: [${needs}] }\ncomponents:\n  database: { backup: { tool: pg-dump, from: /x } }\n`;
  const { plan, problems } = loadPlan({ file: '/plans/ehr.yaml', bytes: bytes(text) }, vocabulary, client);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  const nothing = { components: [], tools: new Map(), scripts: new Map(), record: undefined } as const;
  const { facts } = handView({ plan, client, ...nothing, madeAt: '2026-11-27T12:00:00.000Z', timeZone: 'UTC', version: '1' });
  return Object.fromEntries(facts.map(({ name, value }) => [name, value]));
}

test('what a system needs of others is named with whom to ask for it', () => {
  expect(
    factsOf('directory, interface/queue, { outside: Line of the carrier, contact: on-call }, { outside: Power }')['It also needs'],
  ).toBe(
    'directory, which has a runbook of its own; interface (queue), which has a runbook of its own; Line of the carrier (ask On call); Power',
  );
  expect(factsOf('')['It also needs']).toBeUndefined();
});
