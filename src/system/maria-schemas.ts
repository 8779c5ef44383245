/** Schemas that every MariaDB server has, as a list in a statement. */
export const SYSTEM_SCHEMAS = `('mysql', 'sys', 'information_schema', 'performance_schema')`;
