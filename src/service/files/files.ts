import { finding, type Finding } from '../../finding/finding.ts';
import { lstat, readdir } from '../../system/files.ts';
import { lines } from '../../system/lines.ts';
import { ServiceError, speaksNoSql, type OpenedService, type OpenRequest, type RunningService, type Service } from '../service.ts';
import { readIn } from '../read-in.ts';
import { sharedTree } from '../share.ts';

const PROBE = 'service';

/** A tree of files as it was restored: nothing runs, and our readers look at it inside the jail. */
export function filesService(): Service {
  return {
    engine: 'files',
    options: {},
    open: request => Promise.resolve(opened(request)),
    inPlace: async request => running({ ...request, jail: await request.jail() }),
  };
}

function opened(request: OpenRequest): OpenedService {
  const start = (stop: AbortSignal): Promise<RunningService> => (stop.aborted ? Promise.reject(stopped()) : running(request));
  return { engine: 'files', major: 0, tools: [], settings: {}, start, stop: () => Promise.resolve() };
}

function stopped(): ServiceError {
  return new ServiceError('stopped', 'the start was stopped', { hint: 'Run the drill again.' });
}

async function running(request: Pick<OpenRequest, 'jail' | 'folder' | 'reading'>): Promise<RunningService> {
  const startedMs = performance.now();
  const up = await stillThere(request);
  const ready = up.outcome === 'passed';
  const latencyMs = Math.round(performance.now() - startedMs);
  return {
    ...{ engine: 'files', major: 0, ready },
    findings: [ready ? finding('service.ready', 'passed', { probe: PROBE, latencyMs }) : up],
    sql: speaksNoSql('files'),
    files: readIn(request, lines),
    tree: sharedTree(request),
    stillUp: () => stillThere(request),
  };
}

/** The restored folder is still a folder and holds something; nothing in it is opened. */
async function stillThere({ folder, jail }: Pick<OpenRequest, 'jail' | 'folder'>): Promise<Finding> {
  try {
    const there = (await lstat(folder)).isDirectory() && (await readdir(folder)).length > 0;
    if (there) return finding('service.up', 'passed', { probe: PROBE });
  } catch {
    // A folder that cannot be listed any more is one that is not there.
  }
  return finding(jail.limitHit() === 'disk' ? 'service.disk-full' : 'service.died', 'inconclusive', { probe: PROBE });
}
