/** Without it nothing can be prepared. */
export const NEED = { file: '/usr/bin/mariabackup', package: 'mariadb-backup', least: '10.5' };
