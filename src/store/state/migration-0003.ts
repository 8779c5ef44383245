/**
 * What a worker can take, and whether it was asked to drain; what a plan asks of a worker. Nothing that was there changes: a worker of an older
 * release leaves these columns empty, and goes on.
 */
export const MIGRATION_0003 = `
alter table worker add column slots int, add column cpus int, add column memory_bytes bigint, add column disk_bytes bigint,
  add column drain_asked_at timestamptz;
alter table plan add column limits jsonb;
`;
