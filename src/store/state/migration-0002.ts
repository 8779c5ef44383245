/**
 * Ledgers that several machines share (evidence.md, section 12): the table is the truth, the files of each machine are its copy. What is in
 * `ledger_line`, `ledger_file` and `ledger_checkpoint` is never changed; the triggers guard against mistakes, the chain against attackers.
 */
export const MIGRATION_0002 = `
create table ledger_line (
  client text not null, seq bigint not null check (seq >= 0),
  line text not null check (position(E'\\n' in line) = 0),
  sha256 bytea not null check (sha256 = sha256(convert_to(line, 'UTF8'))),
  primary key (client, seq)
);
create table ledger_file (
  client text not null, name text not null, bytes bytea not null, sha256 bytea not null check (sha256 = sha256(bytes)),
  primary key (client, name)
);
create table ledger_checkpoint (
  client text not null, size bigint not null check (size > 0), text text not null,
  primary key (client, size)
);
create function evidence_is_append_only() returns trigger language plpgsql as
  $$ begin raise exception '% is append-only', tg_table_name; end $$;
create trigger no_change before update or delete on ledger_line for each row execute function evidence_is_append_only();
create trigger no_truncate before truncate on ledger_line for each statement execute function evidence_is_append_only();
create trigger no_change before update or delete on ledger_file for each row execute function evidence_is_append_only();
create trigger no_truncate before truncate on ledger_file for each statement execute function evidence_is_append_only();
create trigger no_change before update or delete on ledger_checkpoint for each row execute function evidence_is_append_only();
create trigger no_truncate before truncate on ledger_checkpoint for each statement execute function evidence_is_append_only();

create table machine_key (
  client text not null, keyid text not null, public_key text not null,
  machine text not null, identity text not null, exchange text not null, proof jsonb not null,
  asked_at timestamptz not null default now(), admitted_at timestamptz, secret jsonb,
  primary key (client, keyid)
);
create index machine_key_asked on machine_key (client) where admitted_at is null;

create table drill_facts (
  client text not null, plan text not null, drill text not null, kept text not null,
  primary key (client, plan, drill)
);

create table drill_beat (
  client text not null, drill text not null, machine text not null, beat bigint not null default 0,
  primary key (client, drill)
);
`;

/** Tables that hold rows of clients: each of them is under the policy. */
export const SHARED_TABLES = ['ledger_line', 'ledger_file', 'ledger_checkpoint', 'machine_key', 'drill_facts', 'drill_beat'] as const;
