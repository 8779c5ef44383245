import { commandService } from './command/command.ts';
import { directoryService } from './directory/directory.ts';
import { filesService } from './files/files.ts';
import { mariadbService } from './mariadb/mariadb.ts';
import { orthancService } from './orthanc/orthanc.ts';
import { postgresService } from './postgres/postgres.ts';
import type { Service } from './service.ts';
import { sqliteService } from './sqlite/sqlite.ts';

/** Every engine that can be started in a sandbox. */
export const all: readonly Service[] = [
  postgresService(),
  mariadbService(),
  sqliteService(),
  directoryService(),
  orthancService(),
  filesService(),
  commandService(),
];
