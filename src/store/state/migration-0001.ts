/**
 * The first tables. A client's rows carry its name, and the policy on each table lets a transaction see the client that it named in
 * `resurgam.client`, or all of them if it named `*`.
 */
export const MIGRATION_0001 = `
create table occurrence (
  client text not null, id text not null, plan text not null,
  due_at timestamptz not null, late_after timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'skipped', 'missed', 'cancelled')),
  attempts int not null default 0, drill text, worker text, reason text, approved_by text,
  changed_at timestamptz not null default now(),
  primary key (client, id)
);
create index occurrence_open on occurrence (due_at) where state in ('waiting', 'running');

create table backup_check (
  client text not null, plan text not null, component text not null, at timestamptz not null, due_at timestamptz,
  outcome text not null check (outcome in ('passed', 'failed', 'inconclusive')),
  codes text[] not null, newest jsonb, points int not null, bytes bigint, arrived jsonb not null default '[]',
  primary key (client, plan, component, at)
);

create table inspected (
  client text not null, plan text not null, component text not null, point text not null,
  available_at timestamptz not null, bytes bigint not null, findings jsonb not null, at timestamptz not null,
  primary key (client, plan, component, point)
);

create table backup_day (
  client text not null, plan text not null, day date not null, kept_at timestamptz not null,
  primary key (client, plan, day)
);

create table job_run (
  client text not null, plan text not null, component text not null, run text not null,
  source text not null check (source in ('ping', 'wrap')),
  state text not null check (state in ('started', 'succeeded', 'failed')),
  started_at timestamptz, ended_at timestamptz, exit_code int, duration_ms bigint, output_bytes bigint,
  seen_at timestamptz not null,
  primary key (client, plan, component, run)
);
create table ping_key (
  client text not null, plan text not null, component text not null, key_sha256 text not null unique, made_at timestamptz not null,
  primary key (client, plan, component)
);

create table escalation (
  client text not null, id text not null, key text not null, severity text not null, state text not null,
  opened_at timestamptz not null, resolved_at timestamptz, next_at timestamptz, matter jsonb not null, version int not null default 1,
  primary key (client, id)
);
create unique index escalation_one_open on escalation (client, key) where resolved_at is null;
create index escalation_next on escalation (next_at) where resolved_at is null;

create table delivery (
  client text not null, id text not null, escalation text, tier text not null, contact text not null, channel text not null,
  attempt int not null default 0, due_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'accepted', 'delivered', 'failed', 'exhausted', 'dropped')),
  message jsonb not null, provider_id text, error text, made_at timestamptz not null, ended_at timestamptz,
  primary key (client, id)
);
create index delivery_waiting on delivery (due_at) where state = 'waiting';
create index delivery_of_escalation on delivery (client, escalation);
create table channel_gone (
  client text not null, channel text not null, setting_sha256 text not null, since timestamptz not null, error text not null,
  primary key (client, channel)
);
create table acknowledge_token (
  client text not null, sha256 text not null, escalation text not null, contact text not null, made_at timestamptz not null, used_at timestamptz,
  primary key (client, sha256)
);
create unique index acknowledge_token_sha256 on acknowledge_token (sha256);

create table outbox (
  client text not null, id bigint generated always as identity, entry jsonb not null, from_seq int,
  refused text, refused_at timestamptz,
  primary key (client, id)
);

create table follow_cursor (
  client text primary key, seq int not null, changed_at timestamptz not null default now()
);

create table plan (
  client text not null, plan text not null, system text not null, tier int not null, site text not null, digest text not null,
  rto_ms bigint not null, rpo_ms bigint not null, components text[] not null, seen_at timestamptz not null,
  primary key (client, plan)
);

create table drill (
  client text not null, drill text not null, plan text not null, occurrence text,
  verdict text not null check (verdict in ('passed', 'objective-missed', 'failed', 'inconclusive')),
  started_at timestamptz, ended_at timestamptz not null,
  recovery_time_ms bigint, rto_ms bigint, rpa_ms bigint, rpo_ms bigint, plan_digest text, ledger_seq bigint not null,
  primary key (client, drill)
);
create index drill_of_plan on drill (client, plan, ended_at desc);
create table drill_series (
  client text not null, plan text not null,
  passed int not null, objective_missed int not null, failed int not null, inconclusive int not null,
  last jsonb not null, conclusive jsonb, passing jsonb,
  primary key (client, plan)
);

create table worker (
  id text primary key, site text not null, host text not null, pid int not null, version text not null,
  started_at timestamptz not null, heartbeat_at timestamptz not null, interval_ms int not null,
  state text not null check (state in ('working', 'draining', 'stopped')), doing jsonb not null default '[]'
);
`;

/** Tables that hold rows of clients: each of them is under the policy. */
export const CLIENT_TABLES = [
  'occurrence',
  'backup_check',
  'inspected',
  'backup_day',
  'job_run',
  'ping_key',
  'escalation',
  'delivery',
  'channel_gone',
  'acknowledge_token',
  'outbox',
  'follow_cursor',
  'plan',
  'drill',
  'drill_series',
] as const;
