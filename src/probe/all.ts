import { dicom } from './dicom/dicom.ts';
import { files } from './files/files.ts';
import { format } from './format/format.ts';
import { http } from './http/http.ts';
import { integrity } from './integrity/integrity.ts';
import { inventory } from './inventory/inventory.ts';
import { ldap } from './ldap/ldap.ts';
import { newest } from './newest/newest.ts';
import type { ProbeKind } from './probe.ts';
import { sql } from './sql/sql.ts';

/** Every kind of probe there is, in the order in which those without a place in the plan are asked. */
export const all: readonly ProbeKind[] = [integrity, inventory, files, format, ldap, dicom, http, newest, sql];
