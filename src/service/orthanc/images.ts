import type { Jail, JailCommand } from '../../backup/target.ts';
import type { SocketHttp } from '../../system/socket-http.ts';
import type { ToolResult } from '../../system/process.ts';
import { PORTS_AT, withPorts } from '../ports.ts';
import { ServiceError, type FoundStudy, type RestoredImages } from '../service.ts';
import { DICOM_PORT, TITLE } from './settings.ts';

const QUESTION_MS = 600_000;
const IMAGE_MS = 60_000;
/** Ids of images come so many at a time. */
const PAGE = 10_000;
const LIST_BYTES = 4 << 20;
const SMALL_BYTES = 64 << 10;
const MOST_IMAGES = 10_000_000;
/** Orthanc's own number for a file that is not there. */
const NO_FILE = new Set([2006, 2004, 17]);
const PEER = ['-aet', 'RESURGAM', '-aec', TITLE];
const AT = ['127.0.0.1', String(DICOM_PORT)];

export interface ArchivePlace {
  readonly jail: Jail;
  readonly http: SocketHttp;
  /** Host folder of the sockets that lead to its ports. */
  readonly ports: string;
}

/** Asked with the programs of dcmtk, as a workstation would; and by its own REST interface for what DICOM has no words for. */
export function restoredImages(place: ArchivePlace): RestoredImages {
  return {
    echo: async stop => {
      const { result, latencyMs } = await client(place, { file: '/usr/bin/echoscu', args: [...PEER, ...AT] }, stop);
      return result.exitCode === 0 ? latencyMs : null;
    },
    studies: stop => studies(place, stop),
    retrieve: (uid, stop) => retrieve(place, uid, stop),
    list: stop => list(place, stop),
    verify: (image, stop) => verify(place, image, stop),
    decode: (image, stop) => decode(place, image, stop),
  };
}

/** A program of dcmtk in a jail of its own, for which the port of the archive is on its own loopback. */
async function client(
  { jail, ports }: ArchivePlace,
  command: Pick<JailCommand, 'file' | 'args' | 'stdout' | 'mounts'>,
  stop: AbortSignal,
): Promise<{ readonly result: ToolResult; readonly latencyMs: number }> {
  const startedMs = performance.now();
  const { stdout = 'capture', mounts = [] } = command;
  const result = await jail.run(
    {
      ...withPorts('reach', [DICOM_PORT], command),
      ...{ mounts: [{ from: ports, at: PORTS_AT }, ...mounts], env: { LC_ALL: 'C' }, stdout, timeLimitMs: QUESTION_MS, ownPorts: true },
    },
    stop,
  );
  if (stop.aborted) throw new ServiceError('stopped', 'the question was stopped', { hint: 'Run the drill again.' });
  if (result.exitCode === 127)
    throw new ServiceError('library-missing', `${command.file} is not installed`, { hint: 'Install it: apt-get install dcmtk' });
  return { result, latencyMs: Math.round(performance.now() - startedMs) };
}

/** The answers go to standard error; both streams are taken as one. */
async function studies(place: ArchivePlace, stop: AbortSignal): ReturnType<RestoredImages['studies']> {
  const found: FoundStudy[] = [];
  let open: { uid: string | null; images: number | null } = { uid: null, images: null };
  const close = (): void => {
    if (open.uid !== null) found.push({ uid: open.uid, images: open.images });
    open = { uid: null, images: null };
  };
  let rest = '';
  const stdout = (chunk: Buffer): void => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.includes('Find Response:')) close();
      const uid = /\(0020,000d\) UI \[([0-9.]{1,64})[\s\0]*\]/.exec(line)?.[1];
      const images = /\(0020,1208\) IS \[(\d{1,9})\s*\]/.exec(line)?.[1];
      if (uid !== undefined) open.uid = uid;
      if (images !== undefined) open.images = Number(images);
    }
  };
  const keys = ['-k', 'QueryRetrieveLevel=STUDY', '-k', 'StudyInstanceUID', '-k', 'NumberOfStudyRelatedInstances'];
  const args = ['-c', 'exec "$@" 2>&1', 'sh', '/usr/bin/findscu', '-S', ...PEER, ...keys, ...AT];
  const { result, latencyMs } = await client(place, { file: '/bin/sh', args, stdout }, stop);
  close();
  if (result.exitCode !== 0) throw noAnswer('C-FIND');
  return { studies: found, latencyMs };
}

const FETCH = 'cd /came && rm -rf study && mkdir study && /usr/bin/getscu "$@" >&2; ls study | wc -l; rm -rf study';

/** How many came is counted: getscu ends with 0 also when the archive could not send them. */
async function retrieve(place: ArchivePlace, uid: string, stop: AbortSignal): ReturnType<RestoredImages['retrieve']> {
  const keys = ['-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${uid}`];
  const args = ['-c', FETCH, 'sh', '-S', ...PEER, ...keys, '--bit-preserving', '-od', '/came/study', ...AT];
  const mounts = [{ from: await place.jail.makeFolder('pacs-came'), at: '/came', write: true }];
  const { result, latencyMs } = await client(place, { file: '/bin/sh', args, mounts }, stop);
  if (result.exitCode !== 0) throw noAnswer('C-GET');
  return { received: Number(result.stdout.trim()), latencyMs };
}

async function list({ http }: ArchivePlace, stop: AbortSignal): Promise<readonly string[]> {
  const all: string[] = [];
  while (all.length < MOST_IMAGES) {
    const path = `/instances?since=${all.length}&limit=${PAGE}`;
    const answer = await http.ask({ method: 'GET', path, timeLimitMs: QUESTION_MS, keepBytes: LIST_BYTES }, stop);
    if (answer.status !== 200 || answer.cut) throw noAnswer('its list of images');
    const page = idsIn(answer.body);
    all.push(...page);
    if (page.length < PAGE) break;
  }
  return all;
}

function idsIn(body: Buffer): readonly string[] {
  const parsed = parsedJson(body);
  if (!Array.isArray(parsed)) throw noAnswer('its list of images');
  return parsed.filter((id): id is string => typeof id === 'string' && /^[0-9a-f-]{44}$/.test(id));
}

async function verify({ http }: ArchivePlace, image: string, stop: AbortSignal): ReturnType<RestoredImages['verify']> {
  const stored = `/instances/${image}/attachments/dicom`;
  const rest = { timeLimitMs: IMAGE_MS, keepBytes: SMALL_BYTES };
  const { status, body } = await http.ask({ method: 'POST', path: `${stored}/verify-md5`, ...rest }, stop);
  if (status === 200) return 'whole';
  if (status === 400) {
    // The same answer as for an image of which no digest was stored (StoreMD5ForAttachments).
    const digest = await http.ask({ method: 'GET', path: `${stored}/md5`, ...rest }, stop);
    return digest.status === 200 ? 'altered' : 'untold';
  }
  const said = parsedJson(body);
  const code = typeof said === 'object' && said !== null && 'OrthancStatus' in said ? said.OrthancStatus : undefined;
  return typeof code === 'number' && NO_FILE.has(code) ? 'missing' : 'untold';
}

/** JPEG 2000, HTJ2K and films: dcmtk has no decoder for them. */
const DECODE = `umask 077; cd /tmp; cat > image || exit 3
syntax=$(dcmdump -q -Un +P 0002,0010 image 2>/dev/null) || { echo damaged; exit 0; }
dcmdump -q +P 7fe0,0010 image > found 2>/dev/null || { echo damaged; exit 0; }
if [ ! -s found ]; then echo none; exit 0; fi
case "$syntax" in
  *1.2.840.10008.1.2.4.9[0-3]*|*1.2.840.10008.1.2.4.1[0-9][0-9]*|*1.2.840.10008.1.2.4.20[0-9]*) echo untold; exit 0 ;;
  *1.2.840.10008.1.2.4.8[01]*) tool=dcml2pnm ;;
  *) tool=dcmj2pnm ;;
esac
command -v "$tool" > found || exit 127
if "$tool" -q image picture > found 2>&1 && [ -s picture ]; then echo picture; else echo damaged; fi`;

/** Its bytes as they are stored, through programs of dcmtk in a jail of their own. */
async function decode({ jail, http }: ArchivePlace, image: string, stop: AbortSignal): ReturnType<RestoredImages['decode']> {
  const stdin = await http.open(`/instances/${image}/file`, stop);
  if (stdin === undefined) return 'untold';
  const result = await jail.run({ file: '/bin/sh', args: ['-c', DECODE], stdin, env: { LC_ALL: 'C' }, timeLimitMs: IMAGE_MS }, stop);
  const said = result.stdout.trim();
  return result.exitCode === 0 && (said === 'picture' || said === 'none' || said === 'damaged') ? said : 'untold';
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function noAnswer(what: string): ServiceError {
  return new ServiceError('query-failed', `the restored archive did not answer ${what}`, { hint: 'Look at the tool log of the drill.' });
}
