/** What a command to psql in a script asks for. */
export type ScriptCommand =
  | { readonly kind: 'none' }
  | { readonly kind: 'connect'; readonly database: string }
  | { readonly kind: 'encoding'; readonly encoding: string }
  /** Starts a program, or reads or writes a file. */
  | { readonly kind: 'reaches-out'; readonly command: string }
  | { readonly kind: 'unexpected' };

/** Commands by which psql leaves the database. */
const REACH_OUT =
  '! o out g gx gexec gset w write i include ir include_relative copy setenv cd e edit ef ev lo_import lo_export s watch getenv prompt'.split(
    ' ',
  );

/** What pg_dump writes is known; what runs programs is known; everything else has no business in a dump. */
export function readCommand(command: { readonly name: string; readonly rest: string; readonly midway: boolean }): ScriptCommand {
  const { name, rest, midway } = command;
  if (REACH_OUT.includes(name)) return { kind: 'reaches-out', command: `\\${name}` };
  if (rest.includes('`')) return { kind: 'reaches-out', command: 'backquotes' };
  if (midway) return { kind: 'unexpected' };
  if ((name === 'restrict' || name === 'unrestrict') && /^[A-Za-z0-9]*$/.test(rest)) return { kind: 'none' };
  if (name === 'encoding' && /^'?[A-Za-z0-9_-]+'?$/.test(rest)) return { kind: 'encoding', encoding: rest.replaceAll("'", '') };
  const database = name === 'connect' || name === 'c' ? databaseIn(rest) : undefined;
  return database === undefined ? { kind: 'unexpected' } : { kind: 'connect', database };
}

/** The three forms in which pg_dump and pg_dumpall have written it. */
function databaseIn(rest: string): string | undefined {
  const plain = /^([A-Za-z0-9_.]+)$/.exec(rest)?.[1];
  if (plain !== undefined) return plain;
  const connection = /^-reuse-previous=on "dbname='([^"'\\`]+)'"$/.exec(rest)?.[1];
  return connection ?? /^"([^"'\\`=]+)"$/.exec(rest)?.[1];
}
