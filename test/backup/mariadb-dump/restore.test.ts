import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMariaServer, type MariaServer } from '../../../src/demo/lakeside/maria-server.ts';
import { outcomes, restoreMaria } from '../../fixtures/maria-restoring.ts';

let source: MariaServer;
let dump: string;
beforeAll(async () => {
  source = await startMariaServer();
  await source.sql(`
    create database ehr; use ehr;
    create table patient (id int auto_increment primary key, name varchar(200), scan longblob, seen timestamp null);
    insert into patient (name, scan, seen) select concat('O\\'Neill; "', seq, '" -- 😀 \\\\ /* ), ('), unhex(md5(seq)), now() from seq_1_to_2000;
    create table note (id int primary key, patient int, foreign key (patient) references patient (id));
    insert into note select seq, seq from seq_1_to_500;
    create view chart as select p.name from patient p join note n on n.patient = p.id;
    create trigger touched before update on patient for each row set new.seen = now();
    create event nightly on schedule every 1 day do delete from note where id < 0;`);
  await source.client('mariadb', [
    'ehr',
    '-e',
    "delimiter //\ncreate procedure tidy() begin delete from note where id < 0; select 'a;b'; end//",
  ]);
  dump = await source.client('mariadb-dump', ['--single-transaction', '--routines', '--events', '--triggers', 'ehr']);
});
afterAll(() => source.stop());

describe('a dump of MariaDB', () => {
  test('comes back whole, and says how many rows it holds', async () => {
    await using place = await restoreMaria(gzipSync(dump));
    const running = await place.start();

    expect(outcomes(place.restored)).toEqual(['restore.ok passed']);
    expect(place.restored.says).toMatchObject({
      rowsByTable: { 'restored.patient': 2000, 'restored.note': 500 },
      tocTables: ['restored.note', 'restored.patient'],
      dumpedParts: ['routines', 'events'],
      setsTimeZone: true,
    });
    expect(running.findings.map(found => found.code)).toEqual(['service.ready']);
    expect(await running.sql('select count(*) as n from patient')).toEqual([{ n: 2000 }]);
    expect(
      await running.sql('select count(*) as n from information_schema.routines where routine_schema = ?', { values: ['restored'] }),
    ).toEqual([{ n: 1 }]);
    await expect(running.sql('create table more (a int)')).rejects.toMatchObject({ code: 'query-failed', number: 1792 });
    await expect(running.sql('select sleep(30)', { timeLimitMs: 300 })).rejects.toMatchObject({ code: 'query-timeout' });
    expect((await running.stillUp()).code).toBe('service.up');
  });

  test('that was cut inside its rows is known as such, and none of the half statement is run', async () => {
    const at = dump.indexOf('INSERT INTO `patient`');
    await using place = await restoreMaria(dump.slice(0, at + 70_000));

    // The client is ended at once: it may have come as far as making the table, or as being refused the half statement.
    const said = outcomes(place.restored);
    expect(said).toContain('restore.truncated failed');
    expect(said.filter(one => one !== 'restore.errors failed')).toEqual(['restore.truncated failed']);
    const rows = await place.prepared.server.sql('select count(*) as n from patient').catch(() => [{ n: 0 }]);
    expect(rows).toEqual([{ n: 0 }]);
  });

  test('whose last line is missing is not taken for a whole one', async () => {
    await using place = await restoreMaria(dump.slice(0, dump.lastIndexOf('-- Dump completed')));

    expect(outcomes(place.restored)).toEqual(['restore.incomplete failed']);
  });

  test('with a broken statement fails, by the number of the error', async () => {
    await using place = await restoreMaria(dump.replace('CREATE TABLE `note` (', 'CREATE TABLE `note` (('));

    expect(outcomes(place.restored)).toContain('restore.errors failed');
    expect(place.restored.findings.map(found => found.unit)).toContain('error 1064');
  });

  test('of the whole server, with its accounts, leaves us our way in', async () => {
    await source.sql('create user app@localhost identified by "x"; grant select on ehr.* to app@localhost');
    const all = await source.client('mariadb-dump', ['--all-databases', '--flush-privileges', '--single-transaction']);
    await using place = await restoreMaria(all);
    const running = await place.start();

    expect(place.restored.findings.filter(found => found.required && found.outcome !== 'passed')).toEqual([]);
    expect(running.ready).toBe(true);
    expect(await running.sql('select count(*) as n from ehr.patient')).toEqual([{ n: 2000 }]);
    expect(await running.sql("select count(*) as n from mysql.global_priv where user = 'app'")).toEqual([{ n: 1 }]);
  });

  test.each([
    ['runs a program', '\\! touch /tmp/pwned\n', 'restore.runs-programs'],
    ['reads another script', 'source /etc/passwd;\n', 'restore.runs-programs'],
    ['loads a file of ours', "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE note;\n", 'restore.runs-programs'],
    ['writes a file', "SELECT 1 INTO OUTFILE '/tmp/pwned';\n", 'restore.runs-programs'],
    ['reads a file into a row', "INSERT INTO note VALUES (LOAD_FILE('/etc/passwd'), 1);\n", 'restore.runs-programs'],
    ['gives a command to the client', '\\T /tmp/pwned\n', 'restore.unexpected-command'],
  ])('that %s is stopped there', async (_, hostile, code) => {
    await using place = await restoreMaria(dump.replace('-- Dump completed', `${hostile}-- Dump completed`));

    expect(place.restored.findings.filter(found => found.required).map(found => found.code)).toEqual([code]);
  });

  test('that turns events on or loads libraries is not let to, and that is said', async () => {
    const wild =
      "SET GLOBAL event_scheduler = ON;\nCREATE FUNCTION f RETURNS STRING SONAME 'f.so';\nINSTALL SONAME 'x';\nCHANGE MASTER TO MASTER_HOST='h';\n";
    await using place = await restoreMaria(dump.replace('-- Dump completed', `${wild}-- Dump completed`));

    expect(outcomes(place.restored)).toEqual([
      'restore.ok passed',
      'restore.library-missing inconclusive (note)',
      'restore.harmless passed (note)',
    ]);
    expect(await place.prepared.server.sql('select @@global.event_scheduler as it')).toEqual([{ it: 'OFF' }]);
  });
});
