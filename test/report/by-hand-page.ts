import { handPage, type HandPage } from '../../src/report/by-hand/page.ts';
import type { HandView } from '../../src/report/by-hand/view.ts';

/** As long as real ones are, with lines of several kinds. */
export const CODE = `install -d "$RECOVERED/database"  &&  true
cat > "$RECOVERED/settings" <<'SETTINGS'

  two blanks before, and a path with-hyphens-in-it/${'a-long-name/'.repeat(20)}
SETTINGS`;

/** A printed runbook in which something stands at every place, and one in which as little as possible does. */
export function everyHandPage(): readonly HandPage[] {
  const step = { name: 'Restore it', said: ['Compare <b>this</b>.'], code: CODE, took: '6 s' };
  const full: HandView = {
    title: 'Runbook: Lakeside EHR',
    system: 'Lakeside EHR',
    client: 'Lakeside Family Clinic',
    lead: 'How to bring this system back by hand.',
    facts: [{ name: 'Meanwhile', value: 'binder 3' }],
    contacts: [{ name: 'Dana Reyes', role: 'risk-owner, L2', phone: '+1 312 555 0101', email: 'dana.reyes@lakeside.example' }],
    keys: [{ of: 'documents', what: 'RESTIC_PASSWORD', where: 'the file /run/secrets/restic' }],
    packages: ['curl'],
    prepare: 'set -o pipefail',
    components: [
      { id: 'component-database', number: 1, name: 'database', about: 'pg-dump.', steps: [step, { ...step, code: null, took: null }] },
    ],
    questions: [step],
    afterwards: ['database: bring its settings back.'],
    notTested: ['Indexes of other kinds.'],
    foot: 'Printed today.',
  };
  return [full, { ...full, contacts: [], keys: [], packages: [], components: [], questions: [], afterwards: [], notTested: [] }].map(
    handPage,
  );
}
