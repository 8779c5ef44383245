import type { FetchPlace } from '../backup.ts';
import { readOptions } from './options.ts';
import { STAGED_GLOBALS, type PointHandle } from './point.ts';
import { sniff } from './sniff.ts';
import { entriesThere, stageBeside } from '../dump-files/stage-beside.ts';
import { stageText, type BesideText, type StagedText } from '../dump-files/stage-text.ts';
import type { Entry, Store } from '../dump-files/store.ts';
import { wrappingOf } from '../dump-files/wrapping.ts';

/** The last line that pg_dumpall writes. */
const TRAILER = '-- PostgreSQL database cluster dump complete';

/** Brings the globals, opened: those that the plan names, else those found beside the dump. Only if the plan names some must there be any. */
export function fetchGlobals(what: { store: Store; from: PointHandle; at: FetchPlace }, stop: AbortSignal): Promise<StagedText> {
  const { store, from, at } = what;
  return stageBeside({
    ...{
      store,
      access: at.store,
      named: readOptions(at.store.section).globals,
      entry: from.globalsEntry,
      missing: 'backup.globals-missing',
    },
    stage: (place, entry) => stage(place, { entry, at }, stop),
    candidates: place => entriesThere(place, 1, stop),
  });
}

/** Opened, under a name of ours, if it is what pg_dumpall --globals-only writes. */
function stage(store: Store, { entry, at }: { readonly entry: Entry; readonly at: FetchPlace }, stop: AbortSignal): Promise<StagedText> {
  const sniffGlobals: BesideText['sniff'] = async (size, read) => {
    const { kind } = await sniff(size, read);
    const compression = wrappingOf(await read(size));
    return kind === 'globals' && compression !== 'other' ? { compression, trailer: TRAILER } : undefined;
  };
  return stageText(store, { entry, folder: at.staging, name: STAGED_GLOBALS, what: 'roles', sniff: sniffGlobals }, stop);
}
