import { describe, expect, test } from 'vitest';
import { dicom } from '../../src/probe/dicom/dicom.ts';
import type { RestoredImages, RunningService } from '../../src/service/service.ts';
import { GO_ON, questionTo } from '../fixtures/running-source.ts';

type Verified = Awaited<ReturnType<RestoredImages['verify']>>;

/** An archive that answers every question, of one study with so many images, each with the answer that verifying it gives. */
function archiveOf(studies: number, verified: readonly Verified[]): RestoredImages {
  return {
    echo: () => Promise.resolve(1),
    studies: () =>
      Promise.resolve({ studies: Array.from({ length: studies }, (_, of) => ({ uid: `1.${of}`, images: verified.length })), latencyMs: 1 }),
    retrieve: () => Promise.resolve({ received: verified.length, latencyMs: 1 }),
    list: () => Promise.resolve(verified.map((_, index) => String(index))),
    verify: image => Promise.resolve(verified[Number(image)] ?? 'missing'),
    decode: () => Promise.resolve('picture'),
  };
}

async function answered(studies: number, verified: readonly Verified[], options = {}): Promise<readonly string[]> {
  const service = { images: archiveOf(studies, verified) } as unknown as RunningService;
  const { findings } = await dicom.ask(questionTo(service, { options: { ...dicom.defaults, ...options } }), GO_ON);
  return findings.map(({ code, outcome, observed, required }) => `${code} ${outcome} ${String(observed)}${required ? '' : ' (note)'}`);
}

describe('an archive that holds nothing has failed, with nothing to compare it with', () => {
  test.each([
    ['no study', 0, [], 'dicom.empty failed 0'],
    ['studies without images', 2, [], 'dicom.empty failed 0'],
  ] as const)('%s', async (...[, studies, verified, expected]) => {
    expect(await answered(studies, verified)).toEqual([expected]);
  });
});

describe('an image that could not be compared with the index', () => {
  test('leaves the drill open, be it every one or one of several', async () => {
    expect(await answered(1, ['untold', 'untold'])).toEqual(['dicom.ok passed 1', 'dicom.images-unverified inconclusive 2']);
    expect(await answered(1, ['whole', 'untold'])).toContain('dicom.images-unverified inconclusive 1');
  });

  test('is no matter where the plan asks for none to be compared', async () => {
    expect(await answered(1, ['untold', 'untold'], { verify: 0 })).toEqual(['dicom.ok passed 1']);
  });
});
