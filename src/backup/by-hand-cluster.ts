import { handFolder, quoted, type ByHand, type HandPlace } from './by-hand.ts';

/** Where a cluster of PostgreSQL is reached that somebody started by hand: its socket, its log and the settings for so long are in it. */
function clusterServer(component: string): string {
  return handFolder(`${component}-server`);
}

/** Programs of the server: of a version that nobody knows yet the data say it themselves. */
function clusterPrograms({ component, major }: Pick<HandPlace, 'component' | 'major'>): string {
  return `/usr/lib/postgresql/${major === null ? `$(cat ${handFolder(component)}/PG_VERSION)` : String(major)}/bin`;
}

/** How the steps after the start reach it. Without a name in the plan the largest database that somebody made is the one, as in a drill. */
export function reachCluster({ component, port, database }: Pick<HandPlace, 'component' | 'port' | 'database'>): readonly string[] {
  const largest = `$(psql -X -At -d postgres -c "select datname from pg_database where not datistemplate order by datname = 'postgres', pg_database_size(oid) desc limit 1")`;
  return [
    `export PGHOST=${clusterServer(component)} PGPORT=${String(port)} PGUSER=postgres`,
    `export PGDATABASE=${database === null ? `"${largest}"` : quoted(database)}`,
  ];
}

/**
 * Starts it with settings of its own, as a drill does: those of the source may not be in the backup, may want what this machine does not have,
 * and would archive into the place of the backups. It answers nobody before it has replayed all. `environment`: what the program that fetches
 * the log needs, as NAME=value.
 */
export function startCluster(
  at: HandPlace,
  environment: readonly string[] = [],
): Pick<ByHand, 'start' | 'startRemarks' | 'afterwards' | 'database'> {
  const { component, port } = at;
  const folder = `$RECOVERED/${component}-server`;
  const as = 'runuser -u postgres --';
  const control = `${clusterPrograms(at)}/pg_ctl -D ${handFolder(component)}`;
  const given = environment.length === 0 ? '' : `env ${environment.join(' ')} `;
  const settings = [
    ...['config_file=postgresql.conf', 'hba_file=pg_hba.conf'].map(one => one.replace('=', `='${folder}/`)).map(one => `${one}'`),
    ...[`unix_socket_directories='${folder}'`, 'listen_addresses=127.0.0.1', `port=${String(port)}`],
    ...['hot_standby=off', 'archive_mode=off'],
  ];
  return {
    database: '"$PGDATABASE"',
    start: [
      `install -d -o postgres -g postgres -m 700 "${folder}"`,
      `install -o postgres -m 600 /dev/null "${folder}/postgresql.conf"`,
      `printf '%s\\n' 'local all all trust' 'host all all 127.0.0.1/32 scram-sha-256' | install -o postgres -m 600 /dev/stdin "${folder}/pg_hba.conf"`,
      `${as} ${given}${control} -w -t 86400 -l "${folder}/log" -o "${settings.map(one => `-c ${one}`).join(' ')}" start || true`,
      `until pg_isready -q -h "${folder}" -p ${String(port)}; do ${as} ${control} status > /dev/null || break; sleep 1; done`,
      `pg_isready -h "${folder}" -p ${String(port)} || { tail -n 20 "${folder}/log"; false; }`,
      ...reachCluster(at),
      'test -n "$PGDATABASE" && echo "The database is $PGDATABASE."',
    ],
    startRemarks: [
      `This ends when the log is replayed to its end; "${folder}/log" says how far it is. No other server may listen on port ${String(port)}.`,
      `The server runs with settings of its own. Until people are let in it lets only root in, over its socket in "${folder}".`,
    ],
    afterwards: [
      `${component}: stop the server (pg_ctl -D ${handFolder(component)} stop, as postgres), bring its own postgresql.conf and pg_hba.conf back (Debian keeps them below /etc/postgresql, where no backup of a data folder has them), and start it with these. Its next backup belongs into a new place: it is another server now.`,
    ],
  };
}

/** A moment as a person and every version of the tools reads it. */
export function plainMoment(at: string): string {
  return new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/(?:\.000)?Z$/, '+00');
}

/** Files that the user of the server may not read are copied to where he may; `then` points the server there. */
export function readableBy(
  user: string,
  at: { readonly from: string; readonly copy: string; readonly then: readonly string[] },
): readonly string[] {
  return [
    `if [ -n "$(runuser -u ${user} -- find ${quoted(at.from)} ! -readable -print -quit 2>&1)" ]; then`,
    `  mkdir -p ${at.copy} && cp -a ${quoted(at.from)}/. ${at.copy}/ && chown -R ${user}: ${at.copy}`,
    ...at.then.map(line => `  ${line}`),
    'fi',
  ];
}
