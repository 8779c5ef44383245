import type { BackupSection } from '../../plan/plan.ts';
import { quoted, takeNewest, type ByHand } from '../by-hand.ts';
import { readOptions } from './options.ts';

export function byHand(section: BackupSection): ByHand {
  const options = readOptions(section);
  const suffix = options.suffix === undefined ? '-n 1' : `-b ${quoted(options.suffix)}`;
  return {
    fetch: takeNewest(options, ['*config*']),
    restore: [
      'systemctl stop slapd',
      'test -z "$(ls -A /var/lib/ldap)"',
      `opened "$BACKUP" | slapadd -q ${suffix}`,
      'chown -R openldap:openldap /var/lib/ldap',
    ],
    start: ['systemctl start slapd'],
    remarks: [
      'slapd is installed and /var/lib/ldap is empty. What slapcat -n 0 wrote holds the settings and definitions: slapadd -n 0 -F /etc/ldap/slapd.d, into an empty folder, before the entries.',
      'slapadd may end with 0 over entries that it left out: compare the number of entries (slapcat | grep -c ^dn:) with the export.',
    ],
  };
}
