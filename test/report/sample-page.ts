import type { PrintedDrill } from '../../src/evidence/record.ts';
import { drillReport } from '../../src/report/drill-report.ts';
import { renderPage } from '../../src/report/render.ts';
import type { ReportExtras } from '../../src/report/view.ts';
import { readTemplate } from '../../src/system/templates.ts';

export const sampleExtras: ReportExtras = {
  systemName: 'Lakeside EHR',
  timeZone: 'America/Chicago',
  madeAt: '2026-11-22T18:00:00.000Z',
  product: { name: 'Resurgam', version: '0.1.0' },
  ledger: {
    origin: 'resurgam.example/lakeside',
    checkpoint: 'resurgam.example/lakeside\n10\n+qLFxRoAEs4izxdpsuVKYSPm926JV4Iz+8nggIQSxiY=\n\n— resurgam.example/lakeside AAAA\n',
    keyid: '9f4be2c1d07a63580e1b4c2f7a8d9c0b1e2f3a4b5c6d7e8f90a1b2c3d4e5f607',
    anchored: null,
  },
  history: 'None of 8 conclusive drills failed: the chance that a drill fails is at most 31.3 %, with 95 % confidence.',
};

/** The page of a drill, as `resurgam drill` would write it. */
export async function samplePage(record: PrintedDrill, extras = sampleExtras): Promise<string> {
  return renderPage(await readTemplate('page/drill'), drillReport(record, extras));
}

/** What a reader sees of a text: blanks that keep words together look like blanks. */
export function readable(text: string): string {
  return text.replaceAll('\u00A0', ' ').replaceAll(/\s+/g, ' ');
}
