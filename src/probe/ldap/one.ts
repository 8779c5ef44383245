import { saidOfDirectory } from '../../backup/restored-directory.ts';
import { finding, type Finding, type FindingCode, type FindingFacts, type Outcome } from '../../finding/finding.ts';
import type { SecretReference } from '../../plan/plan.ts';
import type { DirectoryAnswer } from '../../service/service.ts';
import { textOfValue } from '../../system/ldif.ts';
import { SecretError } from '../../system/secrets.ts';
import type { Question } from '../probe.ts';
import type { Asking, LdapOptions } from './options.ts';

/** Result codes (RFC 4511): time limit exceeded, busy, unavailable; the question itself is wrong; nothing of that name; wrong password. */
const UNABLE = new Set([3, 51, 52]);
const MALFORMED = new Set([2, 34]);
const NO_SUCH_ENTRY = 32;
/** Inappropriate authentication (the account has no password), invalid credentials. */
const REFUSED = new Set([48, 49]);

/** A search: so many entries must be found. */
export async function askSearch({ question, directory, stop }: Asking, options: LdapOptions): Promise<Finding> {
  let observed = 0;
  const { base = directory.suffix, scope = 'sub', filter = '(objectClass=*)', atLeast: expected = 1 } = options;
  const query = { base, scope, filter, attributes: ['1.1'], ...limit(question) };
  const answer = await directory.search(query, piece => void (observed += Number(piece.kind === 'attribute' && piece.name === 'dn')), stop);
  const facts = { unit: 'entries', expected, observed };
  if (answer.code === NO_SUCH_ENTRY) return conclude(question, answer, { is: 'entry-missing', facts: {} });
  if (answer.code !== 0) return notAnswered(question, answer);
  return conclude(question, answer, { is: observed < expected ? 'too-few' : 'ok', facts });
}

/** One entry, and what it must have. Values are compared and never recorded. */
export async function askEntry({ question, directory, stop }: Asking, options: LdapOptions): Promise<readonly Finding[]> {
  const wanted = Object.entries(options.attributes ?? {});
  const found = new Map<string, string[]>();
  let entries = 0;
  const attributes = wanted.length === 0 ? ['1.1'] : wanted.map(([name]) => name);
  const query = { base: options.entry ?? '', scope: 'base' as const, filter: '(objectClass=*)', attributes, ...limit(question) };
  const answer = await directory.search(
    query,
    piece => {
      if (piece.kind !== 'attribute') return;
      if (piece.name === 'dn') entries += 1;
      else found.set(piece.name.toLowerCase(), [...(found.get(piece.name.toLowerCase()) ?? []), textOfValue(piece)]);
    },
    stop,
  );
  if (answer.code === NO_SUCH_ENTRY || (answer.code === 0 && entries === 0))
    return [conclude(question, answer, { is: 'entry-missing', facts: {} })];
  if (answer.code !== 0) return [notAnswered(question, answer)];
  const bad = wanted.flatMap(([object, expected]) => {
    const is = judged(found.get(object.toLowerCase()) ?? [], expected);
    return is === 'ok' ? [] : [conclude(question, answer, { is, facts: { object } })];
  });
  return bad.length > 0 ? bad : [conclude(question, answer, { is: 'ok', facts: { unit: 'attributes', observed: wanted.length } })];
}

function judged(values: readonly string[], expected: true | string | readonly string[]): 'ok' | 'attribute-missing' | 'attribute-differs' {
  if (values.length === 0) return 'attribute-missing';
  if (expected === true) return 'ok';
  return [expected].flat().every(one => values.includes(one)) ? 'ok' : 'attribute-differs';
}

/** An account signs in with its own password, under the access rules that came back. */
export async function askAccount({ question, directory, stop }: Asking, { bind = '', password }: LdapOptions): Promise<Finding> {
  try {
    const answer = await directory.signIn({ name: bind, password: await question.secret(password as SecretReference) }, stop);
    // Its password may be in a form that only such a module reads.
    if (answer.code !== null && REFUSED.has(answer.code) && saidOfDirectory(question.says).modulesMissing)
      return conclude(question, answer, { is: 'no-answer', facts: { observed: 'module missing' } });
    if (answer.code !== null && (REFUSED.has(answer.code) || answer.code === NO_SUCH_ENTRY))
      return conclude(question, answer, { is: 'bind-refused', facts: {} });
    return answer.code === 0
      ? conclude(question, answer, { is: 'ok', facts: { unit: 'sign-ins', observed: 1 } })
      : notAnswered(question, answer);
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    return notAnswered(question, { code: null, latencyMs: 0 }, `secret ${error.code}`);
  }
}

type Ending =
  'ok' | 'too-few' | 'entry-missing' | 'attribute-missing' | 'attribute-differs' | 'bind-refused' | 'too-slow' | 'error' | 'no-answer';

const OUTCOME: Readonly<Record<Ending, Outcome>> = {
  ...{ ok: 'passed', 'no-answer': 'inconclusive', 'too-few': 'failed', 'entry-missing': 'failed', 'attribute-missing': 'failed' },
  ...{ 'attribute-differs': 'failed', 'bind-refused': 'failed', 'too-slow': 'failed', error: 'failed' },
};

/** In the name of a workflow only that counts which people would notice. */
function codeOf(ending: Ending, workflow: boolean): FindingCode {
  if (!workflow) return `ldap.${ending}`;
  return ending === 'ok' || ending === 'too-slow' || ending === 'no-answer' ? `workflow.${ending}` : 'workflow.failed';
}

function conclude(
  question: Question,
  { latencyMs }: DirectoryAnswer,
  said: { readonly is: Ending; readonly facts: FindingFacts },
): Finding {
  const { name, component, required, limitMs, workflow = false } = question;
  const ending = said.is === 'ok' && limitMs !== null && latencyMs > limitMs ? 'too-slow' : said.is;
  const facts = { ...said.facts, ...(workflow ? { object: name } : {}), latencyMs, limitMs };
  return finding(codeOf(ending, workflow), OUTCOME[ending], { ...facts, probe: name, component, required });
}

/** An error of the restored system is its own; a wrong question, or none that got through, says nothing about it. */
export function notAnswered(question: Question, answer: DirectoryAnswer, why?: string): Finding {
  const { code } = answer;
  const observed = why ?? (code === null ? 'no answer' : `result code ${code}`);
  const unable = code === null || UNABLE.has(code) || MALFORMED.has(code);
  return conclude(question, answer, { is: unable ? 'no-answer' : 'error', facts: { observed } });
}

function limit({ limitMs }: Question): { readonly timeLimitMs?: number } {
  return limitMs === null ? {} : { timeLimitMs: limitMs + 10_000 };
}
