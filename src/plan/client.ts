import { z } from 'zod';
import { channelOption, responseTimeOption } from './channel-schema.ts';
import { ContractKeys, DriftKeys, EscalationKeys, instantOption, timezoneOption, windowOption } from './section-schema.ts';
import { durationOption } from './values.ts';
import { nameOption, oneOf, SEVERITIES, textOption } from './words.ts';

const contactName = nameOption('the name of a contact');
const day = z.iso.date({ error: 'expected a day such as 2026-11-26' });
const percent = z.number({ error: 'expected a number of percent' }).min(0).max(100);
const money = z
  .string({ error: 'expected an amount in quotes, such as "3000.00"' })
  .regex(/^\d{1,12}(\.\d{2})?$/, { error: 'expected an amount such as "3000.00"' });
const exactPercent = z.string().regex(/^\d{1,3}(\.\d{1,6})?$/, { error: 'expected a percentage in quotes, such as "99.9"' });
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'expected a time such as 07:00' });
const times = z
  .strictObject({ P1: responseTimeOption(), P2: responseTimeOption(), P3: responseTimeOption(), P4: responseTimeOption() })
  .partial();

const Contact = z.strictObject({
  name: textOption('the name of a person'),
  role: textOption('what the person does').optional().describe('risk-owner and security have rights of their own'),
  email: z.email({ error: 'expected a mail address' }).optional(),
  phone: z
    .string()
    .regex(/^\+[0-9][0-9 ()-]{5,24}$/, { error: 'expected a telephone number such as +1 312 555 0100' })
    .optional(),
  channels: z.array(nameOption('the name of a channel')).default([]).describe('In the order in which they are tried'),
  calendar: nameOption('the name of a calendar').optional(),
});

const tier = z.array(contactName).default([]);
const Ladder = z.strictObject({ L1: tier, L2: tier, L3: tier, executive: tier });

const Calendar = z.strictObject({
  timezone: timezoneOption().optional(),
  hours: z.array(windowOption()).default([]).describe('Such as MON-FRI 08:00-17:00. Empty: never'),
  holidays: z.array(day).default([]),
  handOff: z.array(clock).default(['07:00', '19:00']),
});

const Vendor = z.strictObject({
  name: textOption('the name of a vendor'),
  contact: contactName.optional(),
  baa: z
    .strictObject({ reference: textOption('a reference'), signed: day, expires: day })
    .optional()
    .describe('Business associate agreement'),
});

const Credit = z.strictObject({
  breach: oneOf(['rto-missed', 'rpo-missed', 'drill-missed', 'respond-late', 'resolve-late', 'availability', 'notice-late']),
  severity: oneOf(SEVERITIES).optional(),
  percent: percent.optional(),
  bands: z.array(z.strictObject({ below: exactPercent, percent })).optional(),
});

/** What was promised to a client (escalation.md, section 13). Only what stands here is promised: credits have no default. */
const ClientContract = z.strictObject({
  ...ContractKeys.shape,
  version: z.int().min(1).default(1),
  effectiveFrom: day.optional(),
  timezone: timezoneOption().optional(),
  availability: z.strictObject({ target: exactPercent, source: textOption('who measures it') }).optional(),
  respond: times.optional(),
  resolve: times.optional(),
  workaroundStopsResolution: z.boolean().default(false),
  notice: z
    .strictObject({ initial: durationOption(), formal: durationOption(), by: z.array(oneOf(['phone', 'mail'])) })
    .partial()
    .optional(),
  monthlyFee: z
    .strictObject({ amount: money, currency: z.string().regex(/^[A-Z]{3}$/, { error: 'expected a currency such as USD' }) })
    .optional(),
  credits: z.array(Credit).default([]),
  cap: percent.optional(),
  termination: z.strictObject({ above: percent, months: z.int().min(1).max(60) }).optional(),
  downtimeCost: z.strictObject({ perMinute: money, source: textOption('who estimated it') }).optional(),
});

const MaintenanceWindow = z.strictObject({
  start: instantOption(),
  end: instantOption(),
  systems: z.array(nameOption('the name of a plan')).min(1),
  reason: textOption('the reason'),
  approvedBy: contactName,
  approvedAt: instantOption(),
});

const domain = z.string().regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, { error: 'expected a domain such as resurgam.example' });

/** `plans/<client>/client.yaml`: the organisation that owns the protected systems, and whom to tell. */
export const Client = z.strictObject({
  client: nameOption('the name of the client'),
  name: textOption('the name of the organisation').optional(),
  timezone: timezoneOption().default('UTC'),
  domain: domain
    .default('resurgam.local')
    .describe('Of this installation; with the name of the client it is the origin of the ledger and never changes'),
  contract: ClientContract.prefault({}),
  contacts: z.record(contactName, Contact).default({}),
  ladder: Ladder.prefault({}).describe('Who is told, tier by tier'),
  securityLadder: Ladder.optional().describe('Instead of the ladder where tampering is suspected'),
  mayDeclareClinical: tier.describe('Contacts who may declare that clinical work has stopped'),
  calendars: z.record(nameOption('the name of a calendar'), Calendar).default({}),
  channels: z.record(nameOption('the name of a channel'), channelOption()).default({}),
  vendors: z.array(Vendor).default([]),
  windows: z.array(MaintenanceWindow).default([]).describe('Approved maintenance windows'),
  production: z
    .array(textOption('a folder, or the system identifier of a PostgreSQL server'))
    .default([])
    .describe(
      'Folders, and PostgreSQL servers by `select system_identifier from pg_control_system()`, into which nothing is ever recovered',
    ),
  escalation: EscalationKeys.prefault({}),
  drift: DriftKeys.prefault({}),
  reporting: z
    .strictObject({
      monthlyDay: z.int().min(1).max(28).default(5),
      quarterlyWithinDays: z.int().min(1).max(90).default(10),
      recipients: tier,
    })
    .prefault({})
    .describe('When reports are due, and to whom they go'),
});
export type Client = z.output<typeof Client>;

/** A client of whom nothing is written down: the contract and all rules have their defaults. */
export function defaultClient(name: string): Client {
  return Client.parse({ client: name });
}

/** Whether anything is known by which this contact hears of a matter. */
export function isReachable(client: Client, contact: string): boolean {
  const known = client.contacts[contact];
  if (known === undefined) return false;
  return known.email !== undefined || known.phone !== undefined || known.channels.some(channel => channel in client.channels);
}

/** JSON Schema of client.yaml, for editors. */
export function clientJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(Client.meta({ title: 'Resurgam client' }), { io: 'input', unrepresentable: 'any' });
}
