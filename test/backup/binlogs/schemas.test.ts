import { expect, test } from 'vitest';
import { EVENT } from '../../../src/backup/binlogs/events.ts';
import { SchemasSeen } from '../../../src/backup/binlogs/schemas.ts';

/** As a server writes them: nothing in the parts that are not read. */
function query(schema: string, text: string): { readonly type: number; readonly body: Buffer } {
  const head = Buffer.alloc(13);
  head.writeUInt8(Buffer.byteLength(schema), 8);
  return { type: EVENT.query, body: Buffer.concat([head, Buffer.from(`${schema}\0${text}`)]) };
}

function rowsOf(schema: string): { readonly type: number; readonly body: Buffer } {
  return {
    type: EVENT.tableMap,
    body: Buffer.concat([Buffer.alloc(8), Buffer.from([Buffer.byteLength(schema)]), Buffer.from(`${schema}\0t`)]),
  };
}

test.each([
  ['rows', rowsOf('ehr'), { changed: ['ehr'] }],
  ['a statement in it', query('ehr', 'insert into other.t values (1)'), { changed: ['ehr'] }],
  ['a statement in another, about that one', query('other', 'create table t (id int)'), { changed: ['other'] }],
  ['a statement in another, about it', query('other', 'insert into ehr.visit values (1)'), { changed: ['other'], crossing: true }],
  [
    'rows by a statement in another, which a trigger may carry on',
    query('other', 'insert into t values (1)'),
    { changed: ['other'], crossing: true },
  ],
  ['a name with a blank', query('other', 'drop table EHR . visit'), { changed: ['other'], crossing: true }],
  [
    'a procedure of another that would change it',
    query('other', `create procedure tidy() begin ${' '.repeat(300)} delete from ehr.visit`),
    { changed: ['other'] },
  ],
  ['a schema that is perhaps made', query('late', 'create database if not exists late'), { changed: ['late'] }],
  ['a quoted name', query('other', 'drop table `ehr` . `visit`'), { changed: ['other'], crossing: true }],
  ['a statement in none, about it', query('', 'create table ehr.t (id int)'), { crossing: true }],
  ['a statement in none, about another', query('', 'create table other.t (id int)'), { elsewhere: true }],
  ['accounts', query('', "GRANT SELECT ON ehr.* TO app@'%'"), {}],
  ['the begin of a transaction in another', query('other', 'BEGIN'), {}],
  ['a schema that is made', query('late', 'create database late'), {}],
])('%s', (_, event, expected) => {
  const schemas = new SchemasSeen('ehr');

  schemas.take({ ...event, at: 4, end: 100, time: 1, serverId: 7 });

  expect(schemas.seen()).toEqual({ changed: [], crossing: false, elsewhere: false, zoned: false, ...expected });
});
