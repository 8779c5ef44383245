import { describe, expect, test } from 'vitest';
import { integrity } from '../../src/probe/integrity/integrity.ts';
import { inventory } from '../../src/probe/inventory/inventory.ts';
import type { Answer, Facts } from '../../src/probe/probe.ts';
import { startServerOf } from '../fixtures/any-server.ts';
import { GO_ON, questionTo, runningOver } from '../fixtures/running-source.ts';
import { PLAIN_HEALTHY } from './healthy.ts';

function told(answer: Answer): readonly string[] {
  return answer.findings.map(found => `${found.outcome} ${found.code}`);
}

describe.each([12, 13, 14, 16, 17, 18])('on PostgreSQL %i', major => {
  test('a healthy database is sound, complete, and equal to itself', async () => {
    const server = await startServerOf(major);
    try {
      await server.sql('postgres', PLAIN_HEALTHY);
      const service = runningOver({ folder: server.socket, database: 'postgres', major });

      const sound = await integrity.ask(questionTo(service, { options: { depth: 'full' } }), GO_ON);
      const first = await inventory.ask(questionTo(service), GO_ON);
      const second = await inventory.ask(questionTo(service, { baseline: first.facts as Facts }), GO_ON);

      expect(told(sound)).toEqual(['skipped integrity.constraint-not-valid', 'passed integrity.ok', 'passed integrity.constraints-hold']);
      expect(sound.limitations?.some(said => said.includes('structure of table pages'))).toBe(major < 14);
      expect(told(first)).toEqual(['passed inventory.ok', 'passed inventory.rows-ok']);
      expect(told(second)).toEqual(told(first));
      expect(second.facts).toEqual(first.facts);
    } finally {
      await server.stop();
    }
  });
});
