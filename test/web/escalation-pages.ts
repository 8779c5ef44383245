import type { Matter, Rules } from '../../src/escalation/matter.ts';
import { matterPage, overPage, takenPage, type EscalationView } from '../../src/web/escalation-view.ts';
import { play, rulesOf, seen } from '../escalation/examples.ts';

const OPENED = '2026-11-22T09:12:00.000Z';
const NONCE = 'bm90aGluZw==';

/** A drill that failed twice, on a system for which the plan says much. */
function failed(): { readonly matter: Matter; readonly rules: Rules } {
  const known = rulesOf();
  const { plan } = known;
  const system = { ...plan?.system, name: 'Lakeside EHR', tier: 1, downtimeProcedure: 'binder 3, tab "EHR downtime"' };
  const rules = { ...known, plan: { ...plan, system } as Rules['plan'] };
  const about = { codes: ['restore.truncated'], components: ['database', 'documents'] };
  const again = '2026-11-22T10:02:00.000Z';
  const { matter } = play([seen('drill-failed', OPENED, about), seen('drill-failed', again, about)], again, rules);
  return { matter: { ...matter, acknowledgedBy: 'it-director' }, rules };
}

/** What belongs to no plan, with nothing but a name. */
function silent(): { readonly matter: Matter; readonly rules: Rules } {
  const rules = { ...rulesOf(), plan: undefined };
  const about = { system: 'rack-2.lakeside.example', plan: null, occasion: OPENED };
  return { matter: play([seen('worker-silent', OPENED, about)], OPENED, rules).matter, rules };
}

/** Every kind of page behind the link of a message: before the button, after it, and for a link that is none. */
export function everyEscalationPage(): readonly (EscalationView & { readonly nonce: string })[] {
  const pages = [failed(), silent()].flatMap(({ matter, rules }) => [
    matterPage(matter, rules, { action: `/escalations/${matter.id}`, token: 'A'.repeat(43), contact: 'Dana Reyes' }),
    takenPage(matter, rules),
  ]);
  return [...pages, overPage()].map(page => ({ ...page, nonce: NONCE }));
}
