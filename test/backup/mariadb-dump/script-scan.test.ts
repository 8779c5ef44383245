import { describe, expect, test } from 'vitest';
import { ScriptScanner, type Piece } from '../../../src/backup/mariadb-dump/script-scan.ts';
import { ruleFor } from '../../../src/backup/mariadb-dump/statement-rules.ts';
import type { ScriptSays } from '../../../src/backup/mariadb-dump/script-says.ts';

const SCRIPT = String.raw`/*M!999999\- enable the sandbox mode */
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: ehr
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET TIME_ZONE='+00:00' */;
CREATE DATABASE /*!32312 IF NOT EXISTS*/ ${'`eh``r`'};
USE ${'`eh``r`'};
CREATE TABLE ${'`pat ient`'} (id int, name text); # a comment with ' in it
--
-- Dumping data for table ${'`pat ient`'}
--
INSERT INTO ${'`pat ient`'} VALUES (1,'a;b), (\'x\\'),(2,'it''s -- \n'),
(3,NULL);
INSERT INTO ${'`pat ient`'} (id, name) VALUES (4,"(;"), (5,0x41);
/*!50001 CREATE VIEW ${'`v`'} AS SELECT 1 AS ${'`id`'} */;
--
-- Dumping routines for database 'ehr'
--
DELIMITER ;;
CREATE DEFINER=${'`a`@`%`'} PROCEDURE p() BEGIN SELECT 1 INTO OUTFILE '/x'; SELECT ';;'; END ;;
DELIMITER ;
-- Dump completed on 2026-11-22 15:47:47
`;

interface Scanned {
  readonly pieces: readonly Piece[];
  readonly says: ScriptSays;
}

function scan(script: string, size: number): Scanned {
  const scanner = new ScriptScanner();
  const bytes = Buffer.from(script);
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(...scanner.push(bytes.subarray(at, at + size)));
  pieces.push(...scanner.finish());
  return { pieces, says: scanner.says() };
}

const bytesOf = (pieces: readonly Piece[]): string =>
  Buffer.concat(pieces.map(piece => (piece.kind === 'command' ? Buffer.alloc(0) : piece.bytes))).toString();

describe('a script of mariadb-dump', () => {
  test('says what it holds', () => {
    const { says } = scan(SCRIPT, 1 << 20);

    expect([...says.rows]).toEqual([['eh`r.pat ient', 5]]);
    expect([[...says.made], [...says.dumped], [...says.schemas]]).toEqual([['eh`r.pat ient'], ['eh`r.pat ient'], ['eh`r']]);
    expect([says.charset, says.setsTimeZone, [...says.parts]]).toEqual(['utf8mb4', true, ['routines']]);
    expect([says.replacesSchema, says.commented, says.complete, says.unfinished]).toEqual([true, true, true, false]);
  });

  test.each([1, 2, 3, 7, 64, 1_000])('is the same in chunks of %i bytes, and nothing of it is lost', size => {
    const whole = scan(SCRIPT, 1 << 20);
    const cut = scan(SCRIPT, size);

    expect(cut.says).toEqual(whole.says);
    expect(bytesOf(cut.pieces)).toBe(SCRIPT);
    const words = (pieces: readonly Piece[]): readonly string[] =>
      pieces.flatMap(piece => (piece.kind === 'statement' ? [piece.words.slice(0, 2).join(' ')] : []));
    expect(words(cut.pieces)).toEqual(words(whole.pieces));
  });

  test.each([
    ["INSERT INTO t VALUES (1,'a", true],
    ['CREATE TABLE t (a int', true],
    ['/* begun', true],
    ['CREATE TABLE t (a int);\n-- Dump comp', false],
  ])('that ends at %s is unfinished: %s', (script, unfinished) => {
    const { says } = scan(script, 5);

    expect([says.unfinished, says.complete]).toEqual([unfinished, false]);
  });

  test.each([
    ['SELECT 1 INTO OUTFILE "/x";', 'reaches-out'],
    ["INSERT INTO t VALUES (1), (load_file('/etc/passwd'));", 'reaches-out'],
    ["LOAD DATA INFILE '/x' INTO TABLE t;", 'reaches-out'],
    ["CREATE FUNCTION f RETURNS STRING SONAME 'x.so';", 'library'],
    ["INSTALL PLUGIN x SONAME 'x.so';", 'library'],
    ['SET @@GLOBAL.event_scheduler = 1;', 'withhold'],
    ['SET GLOBAL event_scheduler = 1;', 'withhold'],
    ["INSERT INTO t VALUES ('INTO OUTFILE');", 'run'],
    ['CREATE PROCEDURE p() SELECT 1 INTO OUTFILE "/x";', 'run'],
    ["GRANT SELECT ON ehr.* TO app@'%';", 'run'],
  ])('%s → %s', (script, rule) => {
    const [piece] = scan(script, 3).pieces;

    expect(piece?.kind === 'statement' ? ruleFor(piece.words, piece.reaches) : piece?.kind).toBe(rule);
  });

  test('commands to the client are no SQL', () => {
    const { pieces } = scan('CREATE TABLE t (a int);\n\\! touch /tmp/x\n', 4);

    expect(pieces.filter(({ kind }) => kind === 'command')).toEqual([{ kind: 'command', name: '!' }]);
  });
});
