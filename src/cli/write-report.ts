import { join } from 'node:path';
import type { App } from '../app.ts';
import { publicKeyOf } from '../evidence/key.ts';
import type { DrillRecord, PrintedDrill } from '../evidence/record.ts';
import { drillReport } from '../report/drill-report.ts';
import { renderPage } from '../report/render.ts';
import { seriesSentences } from '../report/series.ts';
import type { LedgerExtras } from '../report/view.ts';
import { history } from '../store/drills.ts';
import { privateFolder } from '../store/home.ts';
import { checkpointName } from '../store/ledger-folder.ts';
import type { Ledger } from '../store/ledger.ts';
import { readFile, writeDurably } from '../system/files.ts';

const MOST_RECORDS = 50;

export interface ReportOrder {
  readonly app: App;
  readonly ledger: Ledger;
  readonly record: PrintedDrill;
  readonly systemName: string;
  readonly timeZone: string;
  /** Instead of `reports/<client>/<drill>.html`. */
  readonly file?: string;
}

/** The page of one drill: self-contained, for people. Gives its path. */
export async function writeReport(order: ReportOrder): Promise<string> {
  const { app, ledger, record } = order;
  const view = drillReport(record, {
    systemName: order.systemName,
    timeZone: order.timeZone,
    madeAt: app.now(),
    product: { name: 'resurgam', version: app.version },
    ledger: await ledgerExtras(ledger, record),
    history: await saidOfSeries(ledger, record.plan),
  });
  const page = renderPage(await app.template('page/drill'), view);
  const file = order.file ?? join(await privateFolder(ledger.home.reports(record.client)), `${record.drill}.html`);
  await writeDurably(file, page, 0o600);
  return file;
}

/** What may be said of all drills of this plan so far; the newest fifty are enough for a bound of 6 %. */
async function saidOfSeries(ledger: Ledger, plan: string): Promise<string | null> {
  const records: DrillRecord[] = [];
  for await (const { record } of history(ledger, plan)) {
    if (record !== undefined) records.push(record);
    if (records.length === MOST_RECORDS) break;
  }
  const sentences = seriesSentences(records);
  return sentences.length === 0 ? null : sentences.join(' ');
}

/** The checkpoint that was made right after this drill was signed. */
async function ledgerExtras(ledger: Ledger, record: PrintedDrill): Promise<LedgerExtras | null> {
  if (record.ledger === null) return null;
  const checkpoint = await readFile(join(ledger.paths.checkpoints, checkpointName(record.ledger.size)), 'utf8');
  const { keyid } = publicKeyOf(await readFile(ledger.paths.signer, 'utf8'));
  return { origin: ledger.origin, checkpoint, keyid, anchored: null };
}
