import { expect, test } from 'vitest';
import { testState } from '../fixtures/state.ts';
import { living, said } from './living.ts';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

test('of a worker that is killed and started again many times nobody hears, until it does not come back: then of one', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url);
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 12 * * *' });
  const watcher = await place.worker({ id: 'watcher', site: 'here', intervalMs: 5 * SECOND_MS });
  for (let kill = 0; kill < 5; kill += 1) {
    // Nobody ends it: from here on it is as if it had been killed.
    const killed = await place.worker({ id: `killed-${kill}`, site: 'rack', intervalMs: 5 * SECOND_MS });
    await killed.look();
    await killed.app.closeState();
    // Silent, and not yet for so long that it is missed: the looks of a busy machine take time, too.
    place.clock.by(30 * SECOND_MS);
    await watcher.look();
  }
  const restarting = said(await place.entries(), 'escalation-opened', 'condition');
  place.clock.by(2 * MINUTE_MS);
  await watcher.look();
  await watcher.look();

  const missed = said(await place.entries(), 'escalation-opened', 'system');
  expect(restarting).not.toContain('worker-silent');
  expect(missed.filter(name => String(name).startsWith('killed-'))).toEqual(['killed-4']);
  const [mail] = place.mail.mails.filter(({ parsed }) => parsed.text?.includes('killed-4'));
  expect(mail?.to).toEqual(['ana@lakeside.example']);

  const back = await place.worker({ id: 'back', site: 'rack', intervalMs: 5 * SECOND_MS });
  await back.look();
  place.clock.by(MINUTE_MS);
  await watcher.look();
  await watcher.look();

  expect(said(await place.entries(), 'escalation-resolved', 'escalation')).toHaveLength(1);
  await back.end();
  await watcher.end();
});
