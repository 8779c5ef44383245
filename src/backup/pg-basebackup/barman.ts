import { join } from 'node:path';
import type { z } from 'zod';
import { pathOption } from '../../plan/values.ts';
import type { BackupTool, Listing, Recognised, RecoveryPoint, StoreAccess } from '../backup.ts';
import { doubtsIn, isAddress, unlessRefused } from '../recognising.ts';
import { recoveryOptions, type RecoveryOptions } from '../recovery-options.ts';
import { catalogueIn, findingsOfCatalogue, isFinished } from './barman-catalogue.ts';
import { barmanByHand } from './by-hand.ts';
import { fetch } from './fetch.ts';
import { inspect } from './inspect.ts';
import { listThose } from './list.ts';
import { handleOf } from './point.ts';
import { restore } from './restore.ts';

const options = {
  from: pathOption().meta({ description: 'Folder of one server below the home of barman, with `base` and `wals` in it.' }),
  ...recoveryOptions,
} satisfies z.ZodRawShape;

/** Base backups that barman keeps, with its archive of the write-ahead log: its folders are read as they are, and barman itself need not be here. */
export const barman: BackupTool = {
  name: 'barman',
  summary: 'base backups of barman with its archive of the write-ahead log, to a point in time',
  // Its base backups are plain; its log is packed.
  traits: { reachesMoments: true, spaceFactor: 2, restoresInto: 'files', engine: 'postgres' },
  options,
  reach: section => ({ paths: [homeOf(section)], network: false, secrets: {} }),
  list,
  inspect: (point, access, stop) => inspect(point, asBases(access), stop),
  fetch: (point, at, stop) => fetch(point, { ...at, store: asBases(at.store, point) }, stop),
  restore,
  recognise,
  byHand: barmanByHand,
};

function homeOf(section: { readonly options: Readonly<Record<string, unknown>> }): string {
  return (section.options as unknown as RecoveryOptions & { readonly from: string }).from;
}

/** The same place in the words of plain base backups. Tablespaces lie beside the data of their backup. */
function asBases(access: StoreAccess, point?: RecoveryPoint): StoreAccess {
  const home = homeOf(access.section);
  const [id = ''] = point === undefined ? [] : handleOf(point).key.split('/');
  const places = { from: join(home, 'base'), wal: join(home, 'wals'), ...(id === '' ? {} : { tablespaces: join(home, 'base', id) }) };
  return { ...access, section: { ...access.section, options: { ...access.section.options, ...places } } };
}

async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  const home = homeOf(access.section);
  const catalogue = await catalogueIn(join(home, 'base'), stop);
  const finished = new Set(catalogue.filter(isFinished).map(({ id }) => id));
  const listing = await listThose(asBases(access), key => finished.has(key.split('/')[0] ?? ''), stop);
  const points = listing.points.map(point => ({
    ...point,
    ...{ id: point.id.replace(/^basebackup/, 'barman'), tool: 'barman', location: home },
  }));
  return { points, findings: [...findingsOfCatalogue(catalogue, access.now()), ...listing.findings], looked: listing.looked };
}

/** Its own catalogue in the folder tells it from any other tool's. */
async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (isAddress(place)) return undefined;
  const asked = { ...access, section: { ...access.section, options: { from: place } } };
  const listing = await unlessRefused(() => list(asked, stop), ['store-unreadable', 'store-missing']);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const bad = doubtsIn(listing);
  return {
    component: 'database',
    backup: { tool: 'barman', from: place, job: { every: '24h', grace: '3h' } },
    remarks: [
      `${listing.points.filter(point => point.kind === 'full').length} base backups of barman, the newest data of ${newest.consistentAt ?? 'an unknown moment'}`,
      'job.every is a guess: say how often the newest data should move on',
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.join(', ')}`]),
    ],
  };
}
