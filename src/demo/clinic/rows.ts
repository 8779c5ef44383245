import { createHash } from 'node:crypto';
import { chanceOf, type Chance } from './chance.ts';
import type { Sizes, TableName } from './sizes.ts';

const FAMILY = ['Exampleton', 'Fabricant', 'Inventer', 'Makeup', 'Mockridge', 'Placeholder', 'Sampleford', 'Testerly', "O'Dummy", 'Fictör'];
const GIVEN = ['Alba', 'Bram', 'Cleo', 'Dorian', 'Edda', 'Fynn', 'Greta', 'Hugo', 'Ines', 'Jaro', 'Kaia', 'Łukasz', 'Mina', 'Nils', 'Oona'];
const SITES = ['lakeside', 'hillside', 'harbour'];
const REASONS = ['cough', 'check-up', 'back pain', 'vaccination', 'blood pressure', 'rash', 'follow-up', 'headache'];
const SUBSTANCES = ['penicillin', 'peanut', 'latex', 'ibuprofen', 'bee venom', 'iodine'];
const MEDICATIONS = ['exampril', 'fictazole', 'mockstatin', 'placebolol', 'samplidine', 'testamycin'];
const ANALYTES = ['sodium', 'potassium', 'glucose', 'creatinine', 'haemoglobin', 'leukocytes'] as const;
const ORDER_STATES = ['draft', 'active', 'completed', 'stopped'];
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

type Value = string | number | boolean | null;

/** What a row may depend on: its number (from 1), the sizes of all tables, and the moment at which this clinic stands still. */
export interface RowPlace {
  readonly n: number;
  readonly sizes: Sizes;
  readonly untilMs: number;
}

interface Maker {
  readonly columns: string;
  row(place: RowPlace, chance: Chance): readonly Value[];
}

const MAKERS: Readonly<Record<TableName, Maker>> = {
  staff: {
    columns: 'id, name, role, email, active',
    row: ({ n }, chance) => [
      n,
      personName(chance),
      chance.pick(['doctor', 'nurse', 'laboratory', 'desk']),
      `Staff.${n}@clinic.invalid`,
      chance.happens(0.9),
    ],
  },
  patient: {
    columns: 'id, record_number, family_name, given_name, born, sex, email, phone, site, street, preferences, updated_at',
    row: (place, chance) => [
      place.n,
      `MRN${String(place.n).padStart(7, '0')}`,
      chance.pick(FAMILY),
      chance.pick(GIVEN),
      iso(Date.UTC(1930, 0, 1) + chance.below(90 * 365) * DAY_MS).slice(0, 10),
      chance.pick(['female', 'male', 'other', 'unknown']),
      chance.happens(0.6) ? `patient${place.n}@example.invalid` : null,
      `555-01${String(chance.below(100)).padStart(2, '0')}`,
      chance.pick(SITES),
      `${1 + chance.below(200)} Nowhere Lane`,
      JSON.stringify({ language: chance.pick(['en', 'de', 'pl']), reminders: chance.happens(0.5) }),
      pastMoment(place, chance),
    ],
  },
  appointment: {
    columns: 'id, patient_id, staff_id, starts_at, ends_at, state',
    row: (place, chance) => {
      const startsMs = place.untilMs - chance.below(YEAR_MS);
      const state = chance.pick(['booked', 'arrived', 'finished', 'cancelled', 'missed']);
      return [place.n, anyOf(place, 'patient', chance), anyOf(place, 'staff', chance), iso(startsMs), iso(startsMs + 1_800_000), state];
    },
  },
  encounter: {
    columns: 'id, patient_id, staff_id, appointment_id, started_at, finished_at, reason, tags',
    row: (place, chance) => {
      const startedMs = place.untilMs - Math.floor((YEAR_MS * (place.sizes.encounter - place.n)) / place.sizes.encounter) - 3_600_000;
      const appointment = chance.happens(0.7) ? anyOf(place, 'appointment', chance) : null;
      const finished = chance.happens(0.95) ? iso(startedMs + 600_000 + chance.below(1_800_000)) : null;
      const people = [anyOf(place, 'patient', chance), anyOf(place, 'staff', chance)];
      return [place.n, ...people, appointment, iso(startedMs), finished, chance.pick(REASONS), `{${chance.pick(SITES)},"walk in"}`];
    },
  },
  allergy: {
    columns: 'id, patient_id, substance, reaction, severity, noted_at',
    row: (place, chance) => [
      place.n,
      anyOf(place, 'patient', chance),
      chance.pick(SUBSTANCES),
      chance.pick(['hives', 'swelling', 'shortness of breath']),
      1 + chance.below(4),
      pastMoment(place, chance),
    ],
  },
  medication_order: {
    columns: 'id, encounter_id, medication, dose, state, ordered_at',
    row: (place, chance) => {
      const dose = `(${chance.pick([2.5, 5, 10, 250, 500])},mg)`;
      const encounter = anyOf(place, 'encounter', chance);
      return [place.n, encounter, chance.pick(MEDICATIONS), dose, chance.pick(ORDER_STATES), pastMoment(place, chance)];
    },
  },
  lab_order: {
    columns: 'id, encounter_id, panel, state, ordered_at',
    row: (place, chance) => {
      const panel = chance.pick(['basic', 'blood count', 'liver']);
      return [place.n, anyOf(place, 'encounter', chance), panel, chance.pick(ORDER_STATES), pastMoment(place, chance)];
    },
  },
  lab_result: {
    columns: 'lab_order_id, analyte, value, unit, abnormal, resulted_at',
    row: (place, chance) => {
      const analyte = ANALYTES[(place.n - 1) % 3] ?? ANALYTES[0];
      const value = (chance.below(200_000) / 1_000).toFixed(3);
      return [1 + Math.floor((place.n - 1) / 3), analyte, value, 'mmol/L', chance.happens(0.08), pastMoment(place, chance)];
    },
  },
  document: {
    columns: 'id, encounter_id, title, body, content, scan, sha256, written_at',
    row: (place, chance) => {
      const content = chance.hex(400 + chance.below(1_200));
      const title = `Letter about ${chance.pick(REASONS)}`;
      const body = `Dear colleague,\n\tthank you for sending ${personName(chance)} (made up) \\ nobody.\n`.repeat(1 + chance.below(4));
      const digest = createHash('sha256').update(content, 'hex').digest('hex');
      const scan = place.n <= SCANS ? FIRST_SCAN + place.n : null;
      const encounter = anyOf(place, 'encounter', chance);
      return [uuidOf(place.n), encounter, title, body, `\\x${content}`, scan, `\\x${digest}`, pastMoment(place, chance)];
    },
  },
  audit_log: {
    columns: 'at, actor, action, object_kind, object_id, detail',
    row: (place, chance) => [
      pastMoment(place, chance),
      `staff-${anyOf(place, 'staff', chance)}`,
      chance.pick(['read', 'write', 'print']),
      'patient',
      anyOf(place, 'patient', chance),
      chance.happens(0.3) ? JSON.stringify({ screen: chance.pick(['chart', 'orders', 'results']) }) : null,
    ],
  },
};

/** How many documents have a scan beside them, kept as a large object, and the number before the first one's. */
export const SCANS = 6;
export const FIRST_SCAN = 410_000;

/** One table as COPY blocks of bounded size; the same rows every time for the same sizes and moment. */
export function* copyOf(table: TableName, sizes: Sizes, untilMs: number): Generator<string> {
  const maker = MAKERS[table];
  const chance = chanceOf(table);
  yield `copy clinic.${table} (${maker.columns}) from stdin;\n`;
  for (let n = 1; n <= sizes[table];) {
    let block = '';
    for (const end = Math.min(sizes[table], n + 499); n <= end; n++)
      block += `${maker.row({ n, sizes, untilMs }, chance).map(asText).join('\t')}\n`;
    yield block;
  }
  yield '\\.\n';
}

/** Large objects: what a scanner would have left. */
export function* scans(): Generator<string> {
  const chance = chanceOf('scan');
  for (let n = 1; n <= SCANS; n++) yield `select lo_from_bytea(${FIRST_SCAN + n}, decode('${chance.hex(3_000)}', 'hex'));\n`;
}

/** One value in the text form of COPY. */
function asText(value: Value): string {
  if (value === null) return '\\N';
  if (typeof value !== 'string') return String(value);
  return value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
}

function anyOf(place: RowPlace, table: TableName, chance: Chance): number {
  return 1 + chance.below(place.sizes[table]);
}

function personName(chance: Chance): string {
  return `${chance.pick(GIVEN)} ${chance.pick(FAMILY)}`;
}

function pastMoment(place: RowPlace, chance: Chance): string {
  return iso(place.untilMs - 60_000 - chance.below(YEAR_MS / 1_000) * 1_000);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function uuidOf(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}
