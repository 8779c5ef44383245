/** Indexes and keys, once the rows are there. */
export const KEYS = `
alter table clinic.appointment add foreign key (patient_id) references clinic.patient (id), add foreign key (staff_id) references clinic.staff (id);
alter table clinic.encounter add foreign key (patient_id) references clinic.patient (id), add foreign key (staff_id) references clinic.staff (id),
  add foreign key (appointment_id) references clinic.appointment (id) on delete set null;
alter table clinic.allergy add foreign key (patient_id) references clinic.patient (id) on delete cascade;
alter table clinic.medication_order add foreign key (encounter_id) references clinic.encounter (id);
alter table clinic.lab_order add foreign key (encounter_id) references clinic.encounter (id);
alter table clinic.lab_result add foreign key (lab_order_id) references clinic.lab_order (id) on delete cascade;
alter table clinic.document add foreign key (encounter_id) references clinic.encounter (id);
create index patient_name on clinic.patient using gin (full_name public.gin_trgm_ops);
create index patient_birth on clinic.patient (born, lower(family_name));
create index appointment_day on clinic.appointment (staff_id, starts_at) where state in ('booked', 'arrived');
create index appointment_during on clinic.appointment using gist (during);
create index encounter_patient on clinic.encounter (patient_id, started_at desc) include (staff_id);
create index encounter_tags on clinic.encounter using gin (tags);
create index encounter_started on clinic.encounter using brin (started_at);
create index lab_result_abnormal on clinic.lab_result (analyte, resulted_at) where abnormal;
create index document_search on clinic.document using gin (search);
create index document_title on clinic.document using hash (title);
create index audit_object on clinic.audit_log (object_kind, object_id);
`;

/** Views, functions, triggers, policies, grants and comments. */
export const BEHAVIOUR = `
create view clinic.day_list with (security_barrier) as
  select a.id, a.starts_at, a.state, s.name as staff, p.record_number, p.full_name
  from clinic.appointment a join clinic.staff s on s.id = a.staff_id join clinic.patient p on p.id = a.patient_id;
create materialized view clinic.lab_monthly as
  select date_trunc('month', resulted_at at time zone 'UTC') as month, analyte, count(*) as results, count(*) filter (where abnormal) as abnormal
  from clinic.lab_result group by 1, 2;
create unique index lab_monthly_key on clinic.lab_monthly (month, analyte);
create function clinic.age_in_years(born date, on_day date) returns integer language sql immutable strict parallel safe
  as 'select extract(year from age(on_day, born))::integer';
create function clinic.chart_open(patient bigint) returns jsonb language sql stable as $$
  select jsonb_build_object('patient', to_jsonb(p), 'encounters', (select count(*) from clinic.encounter e where e.patient_id = p.id),
    'results', (select count(*) from clinic.lab_result r join clinic.lab_order o on o.id = r.lab_order_id
      join clinic.encounter e on e.id = o.encounter_id where e.patient_id = p.id))
  from clinic.patient p where p.id = chart_open.patient $$;
create function clinic.touch() returns trigger language plpgsql as $$
begin new.updated_at := clock_timestamp(); return new; end $$;
create function clinic.write_audit() returns trigger language plpgsql security definer set search_path = clinic, pg_temp as $$
begin
  insert into audit_log (at, actor, action, object_kind, object_id) values (clock_timestamp(), session_user, tg_op, tg_table_name, new.id);
  return null;
end $$;
create procedure clinic.stop_orders(encounter bigint) language sql
  as $$ update clinic.medication_order set state = 'stopped' where encounter_id = encounter and state = 'active' $$;
create trigger patient_touch before update on clinic.patient for each row execute function clinic.touch();
create trigger medication_order_audit after insert or update on clinic.medication_order for each row execute function clinic.write_audit();
create rule staff_stays as on delete to clinic.staff do instead update clinic.staff set active = false where id = old.id;
alter table clinic.patient enable row level security;
create policy own_site on clinic.patient for select to clinic_app using (site = current_setting('clinic.site', true));
create policy all_sites on clinic.patient for select to clinic_report using (true);
grant usage on all sequences in schema clinic to clinic_app;
grant execute on function clinic.chart_open(bigint) to clinic_app;
revoke execute on procedure clinic.stop_orders(bigint) from public;
comment on schema clinic is 'A small clinic that does not exist; every row of it is made up';
comment on table clinic.patient is 'People who were never born';
comment on column clinic.patient.record_number is 'Medical record number';
comment on function clinic.chart_open(bigint) is 'What the front desk sees first';
create statistics clinic.lab_result_unit (dependencies) on analyte, unit from clinic.lab_result;
reset role;
grant select on public.resurgam_heartbeat to clinic_report;
`;
