import type { HandView } from '../../src/report/by-hand/view.ts';

/** A printed runbook in which something stands at every place, and one in which as little as possible does. */
export function everyHandPage(): readonly HandView[] {
  const step = { name: 'Restore it', said: ['Compare <b>this</b>.'], code: 'echo "$RECOVERED" && true', took: '6 s' };
  const full: HandView = {
    title: 'Runbook: Lakeside EHR',
    system: 'Lakeside EHR',
    client: 'Lakeside Family Clinic',
    lead: 'How to bring this system back by hand.',
    facts: [{ name: 'Meanwhile', value: 'binder 3' }],
    contacts: [{ name: 'Dana Reyes', role: 'risk-owner, L2', phone: '+1 312 555 0101', email: 'dana.reyes@lakeside.example' }],
    keys: [{ of: 'documents', what: 'RESTIC_PASSWORD', where: 'the file /run/secrets/restic' }],
    prepare: 'set -o pipefail',
    components: [
      { id: 'component-database', number: 1, name: 'database', about: 'pg-dump.', steps: [step, { ...step, code: null, took: null }] },
    ],
    questions: [step],
    afterwards: ['database: bring its settings back.'],
    notTested: ['Indexes of other kinds.'],
    foot: 'Printed today.',
  };
  return [full, { ...full, contacts: [], keys: [], components: [], questions: [], afterwards: [], notTested: [] }];
}
