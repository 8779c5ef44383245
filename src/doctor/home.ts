import { bytesText } from '../report/words.ts';
import { openHome } from '../store/home.ts';
import { stat, statfs } from '../system/files.ts';
import { isHinted } from '../system/hinted.ts';
import { fine, lacking, untold, type Answer, type Part } from './answer.ts';
import type { Look } from './setting.ts';

/** Left to the machine whatever a drill needs; the sandbox holds it as well. */
const RESERVE_BYTES = 512 * 1024 * 1024;

/** The folder in which everything is kept: writable, closed to others, and large enough. */
export async function homePart(look: Look): Promise<Part> {
  const { homePath } = look;
  try {
    const home = await openHome(homePath);
    const answers = [
      fine('folder', `${home.path} can be written`),
      await modesAnswer([home.path, `${home.path}/keys`]),
      await roomAnswer(look),
    ];
    return { title: 'Home', answers };
  } catch (error) {
    const todo = isHinted(error) ? error.hint : 'Set RESURGAM_HOME to a folder that this user may write.';
    const says = isHinted(error) ? error.message : `${homePath} cannot be used`;
    return { title: 'Home', answers: [lacking('folder', { says, without: 'no drill can be signed or kept', todo })] };
  }
}

async function modesAnswer(folders: readonly string[]): Promise<Answer> {
  const open: string[] = [];
  for (const folder of folders) if (((await stat(folder)).mode & 0o077) !== 0) open.push(folder);
  const [first] = open;
  if (first === undefined) return fine('rights', 'only its owner may enter');
  return lacking('rights', {
    says: `other accounts may enter ${open.join(' and ')}`,
    without: 'others may read the keys that sign the evidence',
    todo: `Run: chmod 700 ${open.join(' ')}`,
  });
}

/** A drill needs the fetched bytes and what they become. */
async function roomAnswer({ homePath, backupTools, state }: Look): Promise<Answer> {
  const subject = 'free disk';
  const { bavail, bsize } = await statfs(homePath);
  const free = bavail * bsize;
  const largest = state === undefined ? undefined : await largestBackup(state).catch(() => undefined);
  if (largest === undefined) {
    return untold(subject, {
      says: `${bytesText(free)} free; no backup was looked at yet`,
      without: 'a drill that does not fit is refused before it starts',
      todo: 'Run doctor again after the first backup check.',
      needed: false,
    });
  }
  const wanted = largest * (1 + Math.max(1, ...backupTools.map(tool => tool.traits.spaceFactor))) + RESERVE_BYTES;
  const says = `${bytesText(free)} free; the largest backup is ${bytesText(largest)} and needs some ${bytesText(wanted)}`;
  if (free >= wanted) return fine(subject, says);
  return lacking(subject, {
    says,
    without: 'its drill is refused, and is inconclusive',
    todo: 'Make room, or set RESURGAM_HOME to a larger disk.',
  });
}

async function largestBackup(state: NonNullable<Look['state']>): Promise<number | undefined> {
  const [row] = await state.all(tx => tx.query('select max(bytes) as bytes from backup_check'));
  const bytes = row?.['bytes'];
  return typeof bytes === 'number' ? bytes : undefined;
}
