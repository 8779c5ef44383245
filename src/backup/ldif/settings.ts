import { LdifReader, plainName, textOfValue, type LdifPiece } from '../../system/ldif.ts';
import { DATA_AT, OUR_NAME } from '../restored-directory.ts';

/** One entry of exported settings: attributes by their lower-case names, as they are written. */
interface Entry {
  readonly name: string;
  readonly attributes: readonly Extract<LdifPiece, { kind: 'attribute' }>[];
}

/** What we take of the settings that lie beside an export. Everything else is of the machine that it came from, or acts. */
export interface DirectorySettings {
  /** Definitions in their order, as LDIF. */
  readonly schema: string;
  /** Modules that it loads; some of them bring definitions. */
  readonly modules: readonly string[];
  /** Of the database of this suffix, as lines of its entry: access rules, indexes, the name that may do everything. */
  readonly database: readonly string[];
  readonly suffix: string | undefined;
}

const TAKEN = ['olcobjectidentifier', 'olcattributetypes', 'olcobjectclasses', 'olcldapsyntaxes', 'olcditcontentrules'];
const OF_DATABASE = ['olcaccess', 'olcdbindex', 'olcrootdn', 'olcrootpw'];

/** Reads what `slapcat -n 0` wrote. `first`: name of the first entry of the data. */
export function settingsIn(text: Buffer, first: string): DirectorySettings {
  const entries = entriesIn(text);
  const modules = entries.flatMap(entry => valuesOf(entry, 'olcmoduleload')).map(moduleName);
  const schema = entries
    .filter(({ name }) => name.endsWith(',cn=schema,cn=config'))
    // Until 2.4 a file of its own, since then part of its module.
    .filter(({ name }) => !(modules.includes('ppolicy') && /^cn=(?:\{\d+\})?ppolicy,/.test(name)))
    .map(schemaEntry);
  const found = databaseOf(entries, plainName(first));
  return {
    schema: schema.join(''),
    modules: [...new Set(modules)],
    suffix: found?.suffix,
    database:
      found === undefined ? [] : found.entry.attributes.filter(({ name }) => OF_DATABASE.includes(name.toLowerCase())).map(ofDatabase),
  };
}

function entriesIn(text: Buffer): readonly Entry[] {
  const entries: Entry[] = [];
  let open: Extract<LdifPiece, { kind: 'attribute' }>[] = [];
  const close = (): void => {
    const [dn, ...attributes] = open;
    open = [];
    if (dn?.name.toLowerCase() === 'dn') entries.push({ name: plainName(textOfValue(dn)), attributes });
  };
  const reader = new LdifReader(piece => {
    // What is to be read from files is no value.
    if (piece.kind === 'attribute' && piece.form !== 'url' && piece.name !== 'include' && piece.name !== 'version') open.push(piece);
    else if (piece.kind === 'end') close();
  });
  reader.push(text);
  reader.finish();
  close();
  return entries;
}

function valuesOf({ attributes }: Entry, name: string): readonly string[] {
  return attributes.filter(one => one.name.toLowerCase() === name).map(textOfValue);
}

/** `{1}/usr/lib/ldap/memberof.la` is the module memberof. */
function moduleName(value: string): string {
  const path = value.replace(/^\{\d+\}/, '').split(/\s/)[0] ?? '';
  return (path.split('/').at(-1) ?? '').replace(/\.(?:la|so).*$/, '');
}

function schemaEntry({ name, attributes }: Entry): string {
  const cn = /^cn=(?:\{\d+\})?([a-z0-9_-]+),/.exec(name)?.[1] ?? 'restored';
  const lines = attributes.filter(one => TAKEN.includes(one.name.toLowerCase())).map(lineOf);
  return [`dn: cn=${cn},cn=schema,cn=config`, 'objectClass: olcSchemaConfig', `cn: ${cn}`, ...lines, '', ''].join('\n');
}

function lineOf({ name, form, value }: Extract<LdifPiece, { kind: 'attribute' }>): string {
  return `${name}:${form === 'base64' ? ':' : ''} ${value}`;
}

/** The first access rule is ours. */
function ofDatabase(piece: Extract<LdifPiece, { kind: 'attribute' }>): string {
  if (piece.name.toLowerCase() !== 'olcaccess') return lineOf(piece);
  const rule = textOfValue(piece).replace(/^\{\d+\}/, '');
  return `olcAccess:: ${Buffer.from(rule).toString('base64')}`;
}

/** The database whose suffix is at the end of the first name of the data; of several the longest. */
function databaseOf(entries: readonly Entry[], first: string): { readonly entry: Entry; readonly suffix: string } | undefined {
  const all = entries.flatMap(entry => valuesOf(entry, 'olcsuffix').map(suffix => ({ entry, suffix })));
  return all.filter(({ suffix }) => `,${first}`.endsWith(`,${plainName(suffix)}`)).sort((a, b) => b.suffix.length - a.suffix.length)[0];
}

/** Modules without which an export of a usual directory has attributes that nobody knows. */
const USUAL = ['ppolicy', 'memberof', 'dynlist', 'refint', 'unique', 'dds', 'syncprov'];

/** Modules of the source that are not on this machine: they may bring definitions, or read its passwords. */
export function missingModules({ settings, installed }: Pick<ServerSettings, 'settings' | 'installed'>): readonly string[] {
  return (settings?.modules ?? []).filter(name => !isOfDatabase(name) && !installed.has(name));
}

/** Its data are put into a database of our choice. */
function isOfDatabase(name: string): boolean {
  return name.startsWith('back_');
}

export interface ServerSettings {
  readonly settings: DirectorySettings | undefined;
  /** Definitions that come with the server, as LDIF. */
  readonly usualSchema: string;
  readonly suffix: string;
  readonly sizeBytes: number;
  /** Modules that are installed on this machine. */
  readonly installed: ReadonlySet<string>;
}

/**
 * Settings of the server over the restored data, as LDIF for `slapadd -n 0`. Written by us: of those of a backup only definitions, access
 * rules, indexes and modules of the distribution are taken over, so that nothing in it can name a place or a program of this machine.
 */
export function serverSettings({ settings, usualSchema, suffix, sizeBytes, installed }: ServerSettings): string {
  const wanted = settings?.modules ?? USUAL;
  const modules = ['back_mdb', ...wanted.filter(name => !isOfDatabase(name) && installed.has(name))];
  return [
    'dn: cn=config',
    'objectClass: olcGlobal',
    'cn: config',
    // Whoever reaches the socket is us: it lies in a folder that only the sandbox and we can enter.
    `olcAuthzRegexp: gidNumber=[0-9]+\\+uidNumber=[0-9]+,cn=peercred,cn=external,cn=auth ${OUR_NAME}`,
    '',
    'dn: cn=module{0},cn=config',
    'objectClass: olcModuleList',
    'cn: module{0}',
    'olcModulePath: /usr/lib/ldap',
    ...modules.map(name => `olcModuleLoad: ${name}`),
    '',
    'dn: cn=schema,cn=config',
    'objectClass: olcSchemaConfig',
    'cn: schema',
    '',
    settings === undefined || settings.schema === '' ? usualSchema : settings.schema,
    'dn: olcDatabase={1}mdb,cn=config',
    'objectClass: olcMdbConfig',
    'objectClass: olcDatabaseConfig',
    'olcDatabase: {1}mdb',
    `olcSuffix:: ${Buffer.from(suffix).toString('base64')}`,
    `olcDbDirectory: ${DATA_AT}`,
    `olcDbMaxSize: ${sizeBytes}`,
    `olcAccess: to * by dn.exact="${OUR_NAME}" manage by * break`,
    `olcLimits: dn.exact="${OUR_NAME}" size=unlimited time=unlimited`,
    ...(settings?.database.length
      ? settings.database
      : ['olcAccess: to attrs=userPassword by anonymous auth', 'olcAccess: to * by * read']),
    '',
    '',
  ].join('\n');
}
