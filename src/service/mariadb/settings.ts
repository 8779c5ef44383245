import type { Jail } from '../../backup/target.ts';
import { CONFIG_AT, DATA_AT, SOCKET_AT, SOCKET_NAME } from './place.ts';

const MIB = 1024 * 1024;
/** Small while the empty server is made and copied; the server makes it larger when it starts. */
export const FIRST_LOG = '8M';

/**
 * How the server runs during restore and questions. Given on its command line, with no file of settings read, so that nothing in a backup
 * can change them. Durability stays as in production: a restore without it would be a faster one than anybody will have. Events stay off:
 * jobs of a restored system would act in it.
 */
export function serverSettings(limits: Jail['limits']): Readonly<Record<string, string>> {
  const { memoryBytes, diskBytes } = limits;
  return {
    datadir: DATA_AT,
    socket: `${SOCKET_AT}/${SOCKET_NAME}`,
    'pid-file': `${SOCKET_AT}/server.pid`,
    'init-file': `${CONFIG_AT}/account.sql`,
    'event-scheduler': 'OFF',
    'local-infile': '0',
    // Neither reading nor writing files by SQL: the only folder that allows it is one that nobody can write to.
    'secure-file-priv': CONFIG_AT,
    'default-time-zone': '+00:00',
    'character-set-server': 'utf8mb4',
    'lower-case-table-names': '0',
    'max-allowed-packet': '1G',
    'max-connections': '50',
    'performance-schema': 'OFF',
    'innodb-flush-log-at-trx-commit': '1',
    'innodb-doublewrite': '1',
    'innodb-buffer-pool-size': megabytes(memoryBytes / 3, 32, 2048),
    'innodb-log-file-size': megabytes(diskBytes / 128, 16, 512),
    'key-buffer-size': megabytes(memoryBytes / 32, 8, 256),
    'log-warnings': '1',
    feedback: 'OFF',
  };
}

/** Switches without a value. */
export const SWITCHES = ['--skip-networking', '--skip-log-bin', '--skip-slave-start', '--skip-symbolic-links'];

/** Which of them a record shows, as the server itself reports them. */
export const RECORDED = [
  'version',
  'innodb_flush_log_at_trx_commit',
  'innodb_doublewrite',
  'innodb_buffer_pool_size',
  'innodb_log_file_size',
  'event_scheduler',
  'skip_networking',
  'local_infile',
  'time_zone',
] as const;

function megabytes(bytes: number, atLeast: number, atMost: number): string {
  return `${Math.min(atMost, Math.max(atLeast, Math.floor(bytes / MIB)))}M`;
}
