import { join } from 'node:path';
import { startMariaServer } from './maria-server.ts';
import { script, stamp, type SamplePlace } from './place.ts';

export interface LabOptions {
  /** Further SQL before the backup: what a fault does to the source. */
  readonly sql?: string;
}

/** The database of a laboratory: specimens, their orders and results; backed up by mariabackup while the server runs. */
export async function makeLab({ folder, stop }: SamplePlace, { sql = 'select 1' }: LabOptions = {}): Promise<void> {
  const source = await startMariaServer([], stop);
  try {
    await source.sql(`create database lis; use lis; ${TABLES}; ${sql}; update heartbeat set at = utc_timestamp()`);
    await source.settle();
    const target = join(source.folder, 'backup');
    await source.client('mariabackup', ['--backup', `--datadir=${source.data}`, `--target-dir=${target}`]);
    await script(`cp -r ${target} lis-${stamp()}`, { cwd: folder, stop });
  } finally {
    await source.stop();
  }
}

const TABLES = `create table heartbeat (id int primary key, at datetime not null); insert into heartbeat values (1, utc_timestamp());
create table specimen (id int auto_increment primary key, accession varchar(20) not null unique, taken_at datetime not null, kind varchar(10) not null);
insert into specimen (accession, taken_at, kind)
  select concat('L26-', lpad(seq, 6, '0')), utc_timestamp() - interval seq minute, elt(1 + seq % 3, 'blood', 'urine', 'swab') from seq_1_to_2000;
create table result (id int auto_increment primary key, specimen_id int not null, code varchar(10) not null, value decimal(8, 2), unit varchar(10),
  state varchar(10) not null, key (state), foreign key (specimen_id) references specimen (id));
insert into result (specimen_id, code, value, unit, state)
  select 1 + seq % 2000, elt(1 + seq % 3, '718-7', '2345-7', '2951-2'), 50 + seq % 100, elt(1 + seq % 3, 'g/dL', 'mg/dL', 'mmol/L'),
  if(seq % 50 = 0, 'pending', 'final') from seq_1_to_8000;
create view open_work as select s.accession, r.code from result r join specimen s on s.id = r.specimen_id where r.state = 'pending'`;
