const NAMES = ['mysql', 'sys', 'information_schema', 'performance_schema'];

/** Schemas that every MariaDB server has, as a list in a statement. */
export const SYSTEM_SCHEMAS = `(${NAMES.map(name => `'${name}'`).join(', ')})`;

export function isSystemSchema(name: string): boolean {
  return NAMES.includes(name.toLowerCase());
}
