import { z } from 'zod';

/** The shapes of which fields of evidence are made: an allow-list (evidence.md, sections 3 and 9). */
export const when = z.iso.datetime({ precision: 3 });
export const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');
export const whole = z.int().min(0);
/** An id of ours or of a plan: plan, drill, worker, contact, system, site, code, host. */
export const id = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,199}$/, 'expected an id');
/** Several ids with slashes between them: an occurrence, the key of an escalation, a record in the pack. */
export const path = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@+-]*(\/[A-Za-z0-9_][A-Za-z0-9_.:@+-]*)*$/, 'expected ids with slashes');
/** Text that a person typed for the record. One line. */
export const text = z.string().regex(/^\P{Cc}{1,280}$/u, 'expected at most 280 characters in one line');
/** A few words from a plan or of our own: a host, a repository, a role, a name of a probe. One line. */
export const label = z.string().regex(/^\P{Cc}{1,400}$/u, 'expected a name in one line');
export const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'expected base64');
export const timeZone = z.string().regex(/^[A-Za-z0-9_+/-]{1,64}$/, 'expected a time zone');
export const day = z.iso.date();

export const at = z.strictObject({ seq: whole });
