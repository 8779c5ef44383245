/** Everything of ours is in this schema; the queue has its own. */
export const SCHEMA = 'resurgam';
/**
 * Whoever may pass by row-level security (a superuser, as on the private server, or BYPASSRLS) becomes this role for the length of a
 * transaction. Nobody can log in as it.
 */
export const CLIENT_ROLE = 'resurgam_client';

/**
 * SQL that puts tables with a column `client` under the policy: a transaction sees and writes the rows of the client that it named in
 * `resurgam.client`, of all if it named `*`, and none if it named nobody. Forced, so that it binds the tables' owner too.
 */
export function rowSecurity(tables: readonly string[]): string {
  const named = `current_setting('resurgam.client', true) in (client, '*')`;
  return tables
    .map(
      table => `alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy one_client on ${table} using (${named}) with check (${named});`,
    )
    .join('\n');
}
