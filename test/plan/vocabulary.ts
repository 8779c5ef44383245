import { z } from 'zod';
import { durationOption, pathOption, percentOption, placeOption, secretOption } from '../../src/plan/values.ts';
import type { Vocabulary } from '../../src/plan/vocabulary.ts';

const query = z.string().min(1);

/** The words of the adapters of the first drill, and one tool that reaches moments. */
export const vocabulary: Vocabulary = {
  backupTools: [
    {
      name: 'pg-dump',
      traits: { engine: 'postgres' },
      options: {
        from: placeOption('s3'),
        endpoint: z.url().optional(),
        region: z.string().optional(),
        pathStyle: z.boolean().default(false),
        credentials: z.strictObject({ accessKeyId: secretOption(), secretAccessKey: secretOption() }).optional(),
        globals: pathOption().optional(),
        database: z.string().optional(),
        pattern: z.string().optional(),
      },
    },
    {
      name: 'wal-archive',
      traits: { engine: 'postgres', reachesMoments: true },
      traitsFor: ({ options }) => ({ engine: 'postgres', reachesMoments: options['stanza'] !== 'without-log' }),
      options: { stanza: z.string(), password: secretOption().optional() },
    },
  ],
  probes: [
    {
      kind: 'integrity',
      asks: ['postgres'],
      value: z.enum(['full', 'quick']).transform(depth => ({ depth })),
      beside: {},
    },
    {
      kind: 'inventory',
      asks: ['postgres'],
      value: z.strictObject({
        ignore: z.array(z.string()).default([]),
        counts: z.strictObject({ tolerance: percentOption() }).optional(),
      }),
      beside: {},
    },
    {
      kind: 'newest',
      asks: ['postgres'],
      value: z.union([
        query.transform(text => ({ query: text, everyMs: null })),
        z.strictObject({ query, every: durationOption() }).transform(({ query: text, every }) => ({ query: text, everyMs: every })),
      ]),
      beside: {},
    },
    {
      kind: 'sql',
      asks: ['postgres', 'mariadb'],
      value: z.union([
        query.transform(text => ({ query: text, with: {} })),
        z.strictObject({ query, with: z.record(z.string(), z.union([z.string(), z.number()])).default({}) }),
      ]),
      beside: {
        expect: z
          .strictObject({ atLeast: z.number(), atMost: z.number(), equals: z.union([z.number(), z.string()]) })
          .partial()
          .optional(),
      },
    },
    { kind: 'http', asks: ['openemr'], value: z.strictObject({ get: z.string(), status: z.int() }), beside: {} },
  ],
  services: [
    {
      engine: 'postgres',
      options: { binaries: pathOption().optional(), settings: z.record(z.string(), z.string()).default({}) },
    },
    { engine: 'openemr', options: {}, withoutBackup: true },
  ],
  sandboxes: ['namespace'],
};

export const FIVE_LINES = `plan: lakeside-ehr
client: lakeside
components:
  database:
    backup: { tool: pg-dump, from: /srv/backups/ehr }
`;

/** Every section of a plan. Line numbers matter to some tests: the first line is 1. */
export const WHOLE = `# a comment
plan: lakeside-ehr
client: lakeside
system:
  name: Lakeside EHR
  kind: ehr
  tier: 2
  phi: true
  owner: it-director
  downtimeProcedure: binder 3, tab "EHR downtime"
contract:
  rto: 4h
  rpo: 2h
  rtoStarts: detection
allowance:
  detect: 10m
  decide: 20m
factor: 1.5
failureInstant: random
site: lakeside-rack-2
components:
  database:
    backup:
      tool: pg-dump
      from: ../../backups/ehr
      endpoint: https://s3.example
      credentials:
        accessKeyId: { env: LAKESIDE_KEY_ID }
        secretAccessKey: { file: secrets/key }
      job:
        every: 1h
        grace: 20m
      size:
        atLeast: 2GiB
        shrink: 20%
        grow: 200%
      copies:
        atLeast: 2
        offSite: 1
        locked: 1
      encrypted: required
    service:
      engine: postgres
      version: 15
    probes:
      - integrity: full
      - inventory:
          ignore: [pg_temp.*]
          counts:
            tolerance: 1%
      - newest:
          query: select max(at) from resurgam_heartbeat
          every: 1m
      - sql: select count(*) from patient
        expect:
          atLeast: 1000
      - sql: select count(*) from encounter
        name: Encounters
        required: false
  application:
    needs: [database]
    service:
      engine: openemr
    runbook: runbooks/recovery/start-openemr.ts
consistency:
  - each: select path from document
    existsIn: database
    as: select path from stored_file
workflows:
  - name: Open a chart
    required: true
    sql:
      component: database
      query: select chart_open(:patient)
      with:
        patient: 1
    within: 2s
  - name: Sign in
    http:
      component: application
      get: /login
      status: 200
schedule:
  backupCheck: "*/15 * * * *"
  drill:
    cron: "0 2 * * SUN"
    pick: latest
  timezone: America/Chicago
  windows:
    forbid: ["MON-FRI 07:00-19:00"]
limits:
  time: 6h
  disk: 200GiB
  memory: 8GiB
  cpus: 4
  processes: 300
sandbox:
  kind: namespace
  accept: [same-user]
  reason: The machine has one user.
escalation:
  severity:
    failed: P1
drift:
  headroom: 20%
evidence:
  controls: [hipaa]
  keep: 6y
`;

export const CLIENT = `client: lakeside
name: Lakeside Family Clinic
timezone: America/Chicago
contract:
  rto: 3h
  rpo: 30m
contacts:
  it-director:
    name: Dana Reyes
    email: dana@lakeside.example
  on-call:
    name: On call
    phone: +1 312 555 0100
ladder:
  L1: [on-call]
  L2: [it-director]
mayDeclareClinical: [it-director]
`;

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
