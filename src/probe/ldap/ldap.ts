import { z } from 'zod';
import { percentOption, secretOption } from '../../plan/values.ts';
import { inPlace } from '../noted.ts';
import type { ProbeKind } from '../probe.ts';
import { askAll } from './all-entries.ts';
import { askAccount, askEntry, askSearch } from './one.ts';
import { LdapOptions } from './options.ts';

const nameOfEntry = z
  .string()
  .regex(/^[^=]+=.+/, { error: 'expected the name of an entry, such as uid=dana,ou=people,dc=lakeside,dc=example' });
const expected = z.union([z.literal(true), z.string(), z.array(z.string()).nonempty()], {
  error: 'expected true (any value), a value, or a list of values',
});

const value = z
  .strictObject({
    fewer: percentOption()
      .optional()
      .meta({ description: 'Share of the entries of the last accepted drill that may be gone. Default 20 %.' }),
    base: nameOfEntry.optional().meta({ description: 'Below which entry to search. Default: the whole directory.' }),
    filter: z
      .string()
      .regex(/^\(.*\)$/s, { error: 'expected a filter in parentheses, such as (objectClass=person)' })
      .optional()
      .meta({ description: 'Which entries to search for, such as (objectClass=person).' }),
    scope: z.enum(['base', 'one', 'sub']).optional().meta({ description: 'How deep below base. Default sub.' }),
    atLeast: z.int().positive().optional().meta({ description: 'So many entries must be found. Default 1.' }),
    entry: nameOfEntry.optional().meta({ description: 'Name of an entry that must be there.' }),
    attributes: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9;-]*$/, { error: 'expected the name of an attribute' }), expected)
      .optional()
      .meta({ description: 'What the entry must have: true, a value, or a list of values for each attribute.' }),
    bind: nameOfEntry.optional().meta({ description: 'Name of an account that must be able to sign in.' }),
    password: secretOption().optional().meta({ description: 'Where the password of that account is kept.' }),
  })
  .refine(({ bind, password }) => (bind === undefined) === (password === undefined), { error: 'bind and password go together' })
  .refine(({ bind, entry, base, filter }) => [bind, entry, base ?? filter].filter(one => one !== undefined).length <= 1, {
    error: 'expected one question: a search (base, filter), an entry, or an account that signs in (bind)',
  })
  .refine(({ entry, attributes }) => attributes === undefined || entry !== undefined, {
    error: 'attributes need the entry that must have them',
  })
  .refine(({ atLeast, scope, base, filter }) => (atLeast ?? scope) === undefined || (base ?? filter) !== undefined, {
    error: 'atLeast and scope need a search: base, filter, or both',
  });

/** What a restored directory holds and answers; without a question of the plan all of it is counted and compared with earlier. */
export const ldap: ProbeKind = {
  kind: 'ldap',
  byDefaultFor: ['directory'],
  asks: ['directory'],
  value: z.union([z.literal('all').transform(() => ({})), value.transform(given => ({ ...given }))], {
    error: 'expected all, or a question: base and filter, entry and attributes, or bind and password',
  }),
  beside: {},
  defaults: {},
  ask: async (question, stop) => {
    const { directory } = question.service;
    if (directory === undefined) throw new Error('the service has no directory');
    const options = LdapOptions.parse(question.options);
    const asking = { question, directory, stop };
    if (options.bind !== undefined) return { findings: [await askAccount(asking, options)] };
    if (options.entry !== undefined) return { findings: await askEntry(asking, options) };
    if (options.base !== undefined || options.filter !== undefined) return { findings: [await askSearch(asking, options)] };
    const { noted, facts, limitations } = await askAll(asking, options);
    return { findings: noted.map(one => inPlace(question, one)), ...(facts === undefined ? {} : { facts }), limitations };
  },
};
