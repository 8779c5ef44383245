import type { Jail } from '../../backup/target.ts';
import { SOCKET_AT } from './place.ts';

const MIB = 1024 * 1024;

/** Begins every line of the server's log: then SQLSTATE and backend, see `ServerLog`. Line breaks inside a message are indented by the server. */
export const LOG_PREFIX = '@resurgam';

/**
 * How the server runs during restore and questions. Given on its command line, so that nothing in a backup can change them for the whole
 * server. Durability stays as in production: a restore without fsync would be a faster one than anybody will have.
 */
export function serverSettings(limits: Jail['limits']): Readonly<Record<string, string>> {
  const { memoryBytes, diskBytes, cpus } = limits;
  const builders = Math.max(2, cpus);
  return {
    listen_addresses: '',
    unix_socket_directories: SOCKET_AT,
    unix_socket_permissions: '0700',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    wal_level: 'minimal',
    max_wal_senders: '0',
    archive_mode: 'off',
    autovacuum: 'off',
    jit: 'off',
    max_connections: String(20 + 2 * cpus),
    max_worker_processes: String(builders),
    max_parallel_workers: String(builders),
    max_parallel_maintenance_workers: String(Math.min(2, cpus)),
    max_locks_per_transaction: '1024',
    shared_buffers: megabytes(memoryBytes / 8, 16, 1024),
    maintenance_work_mem: megabytes(memoryBytes / (8 * builders), 16, 1024),
    max_wal_size: megabytes(diskBytes / 8, 64, 4096),
    checkpoint_timeout: '30min',
    huge_pages: 'off',
    default_transaction_read_only: 'off',
    session_preload_libraries: '',
    shared_preload_libraries: '',
    timezone: 'UTC',
    // A backend that was killed takes the server with it: no restart that would hide it.
    restart_after_crash: 'off',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_min_messages: 'error',
    log_min_error_statement: 'error',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    log_line_prefix: `${LOG_PREFIX} %e %p `,
    lc_messages: 'C',
  };
}

/** Which of them a record shows, as the server itself reports them. */
export const RECORDED = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'data_checksums',
  'wal_level',
  'autovacuum',
  'jit',
  'shared_buffers',
  'maintenance_work_mem',
  'max_wal_size',
  'max_parallel_maintenance_workers',
  'max_connections',
] as const;

/** Of our own sessions: what a backup set for its database or for our role (a time zone, a library to load, another role) must not change the answers. */
export function sessionSettings(major: number): Readonly<Record<string, string>> {
  return {
    role: 'none',
    timezone: 'UTC',
    datestyle: 'ISO, MDY',
    intervalstyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '1',
    standard_conforming_strings: 'on',
    client_min_messages: 'error',
    session_preload_libraries: '',
    local_preload_libraries: '',
    default_transaction_read_only: 'off',
    default_transaction_deferrable: 'off',
    statement_timeout: '0',
    ...(major >= 14 ? { client_connection_check_interval: '1000' } : {}),
    ...(major >= 17 ? { event_triggers: 'off' } : {}),
  };
}

function megabytes(bytes: number, atLeast: number, atMost: number): string {
  return `${Math.min(atMost, Math.max(atLeast, Math.floor(bytes / MIB)))}MB`;
}
