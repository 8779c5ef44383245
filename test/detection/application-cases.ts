import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, shell, type Case, type Given } from './cases.ts';

/** Questions that an application would ask, beside those about the database itself. */
const asking = (query: string, expected: string): string => `
    probes:
      - integrity: full
      - sql: "${query}"
        expect: { ${expected} }
`;

/** Letters that can be read only with a key, which lies in the settings of the application. */
async function sealLetters({ source, database }: Given): Promise<void> {
  await source.sql(
    database,
    `create extension pgcrypto; create table letter (id int primary key, body bytea not null);
     insert into app.setting values ('letter key', 'correct horse');
     insert into letter select n, pgp_sym_encrypt('letter ' || n, 'correct horse', 's2k-mode=0') from generate_series(1, 50) n`,
  );
}

/** What openssl makes of a dump, with one password, and gives back with another: it calls both a success. */
const SEAL = 'openssl enc -aes-256-ctr -pbkdf2 -iter 1 -pass pass:right';
const OPEN = 'openssl enc -d -aes-256-ctr -pbkdf2 -iter 1 -pass pass:wrong';
/** With a salt by chance one in some two thousand comes out of it as OpenPGP would begin. */
const SALT = '-S 5ea15ea15ea15ea1';

/** Modes of groups F and X that a dump of a database can have: what is restored is what was saved, and nobody can use it. */
export const applicationCases: readonly Case[] = [
  {
    id: 'F25',
    mode: 'a dump that was decrypted with the wrong password, which openssl calls a success',
    verdict: 'failed',
    code: /^backup\.not-a-dump$/,
    inject: async given => {
      await dump(given);
      await shell(`${SEAL} ${SALT} -in ehr.dump -out e && ${OPEN} ${SALT} -in e -out ehr.dump; rm e`, given);
    },
  },
  {
    id: 'F25',
    mode: 'a dump that lies there encrypted, under a name that says so',
    verdict: 'inconclusive',
    code: /^drill\.could-not-select$/,
    inject: async given => {
      await dump(given);
      // With a key instead of a password openssl writes no mark of its own: only the name tells.
      await shell('openssl enc -aes-256-ctr -K 5ea1 -iv 07 -in ehr.dump -out ehr.dump.enc; rm ehr.dump', given);
    },
  },
  {
    id: 'F25',
    mode: 'a dump that lies there encrypted, under the name of a dump',
    verdict: 'inconclusive',
    code: /^drill\.could-not-select$/,
    inject: async given => {
      await dump(given);
      await shell(`${SEAL} -in ehr.dump -out e; mv e ehr.dump`, given);
    },
  },
  {
    id: 'X03',
    mode: 'the key to sealed letters is not in the backup',
    verdict: 'failed',
    code: /^sql\.unexpected$/,
    plan: asking(
      "select pgp_sym_decrypt(body, (select value from app.setting where key = 'letter key')) = 'letter 7' from letter where id = 7",
      'equals: true',
    ),
    inject: async given => {
      await sealLetters(given);
      await dump(given);
      await given.acceptedBefore();
      await rm(join(given.backups, 'ehr.dump'));
      await dump(given, ['--exclude-table-data=app.setting']);
    },
  },
  {
    id: 'X10',
    mode: 'a script without a condition spoiled every row, and was backed up faithfully',
    verdict: 'failed',
    code: /^sql\.unexpected$/,
    plan: asking('select count(distinct patient) from encounter', 'atLeast: 900'),
    inject: async given => {
      await given.source.sql(given.database, 'update encounter set patient = 1');
      await dump(given);
    },
  },
  {
    id: 'X11',
    mode: 'the images of a system are in no backup at all',
    verdict: 'inconclusive',
    code: /^drill\.component-not-supported$/,
    plan: 'components:\n  database:\n    backup: { tool: pg-dump, from: FROM }\n  images:\n    service: { engine: files }\n',
    inject: async given => {
      await dump(given);
    },
  },
];
