/** A database of every shape that must not alarm anybody, for any major version. */
export const PLAIN_HEALTHY = `
  create schema clinic;
  create extension postgres_fdw;
  create extension citext;
  create extension pg_trgm;
  create server elsewhere foreign data wrapper postgres_fdw options (host '/nonexistent', dbname 'nowhere');
  create foreign table clinic.remote (id int) server elsewhere;
  create type clinic.status as enum ('open', 'closed');
  create domain clinic.mrn as text check (value ~ '^[0-9]+$');
  create collation clinic.german (provider = icu, locale = 'de-u-kn', deterministic = true);
  create collation clinic.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create table clinic.patient (
    id int generated always as identity primary key,
    mrn clinic.mrn not null unique,
    name text collate clinic.german,
    email citext,
    nickname text collate clinic.nocase,
    state clinic.status default 'open',
    born date,
    label text generated always as (upper(mrn)) stored,
    constraint born_late check (born > '1880-01-01')
  );
  create unique index on clinic.patient (lower(name)) where state = 'open';
  create unique index on clinic.patient (email);
  create unique index on clinic.patient (nickname);
  create index on clinic.patient using gin (name gin_trgm_ops);
  create index on clinic.patient using brin (born);
  create index on clinic.patient (name text_pattern_ops);
  insert into clinic.patient (mrn, name, email, nickname, born)
    select i::text, 'name ' || i, 'a' || i || '@example.org', 'nick ' || i, date '2000-01-01' + i from generate_series(1, 200) i;
  create table clinic.visit (id bigint not null, at timestamptz not null, patient int references clinic.patient, mrn clinic.mrn, primary key (id, at))
    partition by range (at);
  create table clinic.visit_2025 partition of clinic.visit for values from ('2025-01-01') to ('2026-01-01');
  create table clinic.visit_rest partition of clinic.visit default;
  insert into clinic.visit select i, timestamptz '2025-06-01' + i * interval '2 days', i, i::text from generate_series(1, 200) i;
  create table clinic.note (patient int references clinic.patient on delete cascade, body text);
  insert into clinic.note select 1, string_agg(md5(i::text), '') from generate_series(1, 20000) i;
  insert into clinic.note values (null, null);
  create table clinic.empty (a int, b int, primary key (a, b));
  create table clinic.base (id int primary key, note text);
  create table clinic.heir (extra int) inherits (clinic.base);
  insert into clinic.base values (1); insert into clinic.heir values (1, null, 2);
  create unlogged table clinic.cache (k text primary key, v jsonb);
  insert into clinic.cache values ('a', '{}');
  create materialized view clinic.unfilled as select 1 as a with no data;
  create materialized view clinic.filled as select id, name from clinic.patient;
  create unique index on clinic.filled (id);
  create view clinic.broken_when_asked as select 1 / (id - id) as x from clinic.patient;
  create table clinic.secret (owner name, body text);
  alter table clinic.secret enable row level security;
  alter table clinic.secret force row level security;
  create policy own on clinic.secret using (owner = current_user);
  insert into clinic.secret values ('nobody', 'x');
  create table clinic.late (a int);
  insert into clinic.late values (-1);
  alter table clinic.late add constraint positive check (a > 0) not valid;
  create table clinic.word (id serial primary key, "order" text unique, "Sp ace" int check ("Sp ace" <> 3));
  insert into clinic.word ("order", "Sp ace") values ('a', 1), (null, null), (null, 2);
  create function clinic.touch() returns trigger language plpgsql as 'begin raise exception ''a trigger was run''; end';
  create trigger touch before update on clinic.patient for each row execute function clinic.touch();
  select lo_from_bytea(0, 'document');
`;

/** The same with what PostgreSQL has since version 15. */
export const HEALTHY = `${PLAIN_HEALTHY}
  create table clinic.loose (a int, b int, unique nulls not distinct (a, b));
  insert into clinic.loose values (1, null), (2, null);
`;
