import { join } from 'node:path';
import type { App } from '../app.ts';
import { publicKeyOf } from '../evidence/key.ts';
import type { PrintedDrill } from '../evidence/record.ts';
import { drillReport } from '../report/drill-report.ts';
import { renderPage } from '../report/render.ts';
import type { LedgerExtras } from '../report/view.ts';
import { privateFolder } from '../store/home.ts';
import { checkpointName } from '../store/ledger-folder.ts';
import type { Ledger } from '../store/ledger.ts';
import { readFile, writeDurably } from '../system/files.ts';

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
    history: null,
  });
  const page = renderPage(await app.template('page/drill'), view);
  const file = order.file ?? join(await privateFolder(ledger.home.reports(record.client)), `${record.drill}.html`);
  await writeDurably(file, page, 0o600);
  return file;
}

/** The checkpoint that was made right after this drill was signed. */
async function ledgerExtras(ledger: Ledger, record: PrintedDrill): Promise<LedgerExtras | null> {
  if (record.ledger === null) return null;
  const checkpoint = await readFile(join(ledger.paths.checkpoints, checkpointName(record.ledger.size)), 'utf8');
  const { keyid } = publicKeyOf(await readFile(ledger.paths.signer, 'utf8'));
  return { origin: ledger.origin, checkpoint, keyid, anchored: null };
}
