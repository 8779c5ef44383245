import { ServiceError } from '../../service/service.ts';
import type { Question } from '../probe.ts';
import { Said, type SaidAs } from './said.ts';

/** Everything that the reader in the jail said. */
export interface Seen {
  readonly totals: SaidAs<'totals'>;
  readonly folders: readonly SaidAs<'folder'>[];
  readonly sampled: readonly SaidAs<'sampled'>[];
  readonly digests: SaidAs<'digests'>;
  readonly listed: SaidAs<'listed'> | undefined;
  readonly noList: boolean;
}

/** Lets the reader look, and takes what it says only in the shape that it has. Rejects with ServiceError. */
export async function look(question: Question, options: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<Seen> {
  const said: Said[] = [];
  const take = (value: unknown): void => void said.push(Said.parse(value));
  const { files } = question.service;
  if (files === undefined) throw new ServiceError('query-failed', 'there are no files to ask', { hint: 'Report this.' });
  await files.read({ kind: 'files', options }, take, stop);
  const all = <K extends Said['is']>(is: K): readonly SaidAs<K>[] => said.filter((one): one is SaidAs<K> => one.is === is);
  const [totals] = all('totals');
  const [digests] = all('digests');
  if (totals === undefined || digests === undefined)
    throw new ServiceError('query-failed', 'the reader of the restored files left its answer out', { hint: 'Report this.' });
  return {
    ...{ totals, digests, folders: all('folder'), sampled: all('sampled'), listed: all('listed')[0] },
    noList: all('no-list').length > 0,
  };
}
