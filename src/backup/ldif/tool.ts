import type { BackupTool } from '../backup.ts';
import { byHand } from './by-hand.ts';
import { reachOf } from '../dump-files/place-options.ts';
import { SLAPD } from '../restored-directory.ts';
import { fetch } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { options, readOptions } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

/** Exports of an LDAP directory in a folder or a bucket. */
export const ldif: BackupTool = {
  name: 'ldif',
  summary: 'exports of an LDAP directory (slapcat, also compressed) in a folder or an S3 bucket',
  // Text becomes a database with indexes; a compressed export unpacks to about five times its size.
  traits: { spaceFactor: 12, restoresInto: 'files', engine: 'directory' },
  programs: [SLAPD, { file: '/usr/bin/ldapsearch', package: 'ldap-utils', asks: ['-VV'], least: '2.4' }],
  options,
  reach: section => {
    const given = readOptions(section);
    return reachOf(given.config === undefined ? [given.from] : [given.from, given.config], given);
  },
  list,
  inspect,
  fetch,
  restore,
  recognise,
  byHand,
};
