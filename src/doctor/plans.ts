import type { BackupTool } from '../backup/backup.ts';
import { isReachable, type Client } from '../plan/client.ts';
import type { Plan, SecretReference } from '../plan/plan.ts';
import { describePlace, resolveSecret, SecretError } from '../system/secrets.ts';
import { fine, lacking, untold, type Answer, type Part } from './answer.ts';
import type { Look } from './setting.ts';

/** Plans and clients: readable, valid, with secrets that can be had and people who can be reached. */
export async function planPart(look: Look): Promise<Part> {
  const { plans } = look;
  const clients = [...plans.clients.values()];
  return { title: 'Plans and people', answers: [plansAnswer(look), ...(await secretAnswers(look)), ...clients.flatMap(contactAnswers)] };
}

function plansAnswer({ plans, plansFolder }: Look): Answer {
  const errors = plans.problems.filter(problem => problem.severity === 'error').length;
  const warnings = plans.problems.length - errors;
  const says = `${plans.plans.length} of ${plans.loaded.length} valid in ${plansFolder}${warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`}`;
  if (plans.loaded.length === 0) {
    const todo = 'Run resurgam init <folder of backups>, or set RESURGAM_PLANS.';
    return lacking('plans', { says: `none in ${plansFolder}`, without: 'there is nothing to drill', todo, needed: false });
  }
  if (errors === 0) return fine('plans', says);
  return lacking('plans', {
    says: `${says}, ${counted(errors, 'error')}`,
    without: 'a plan with an error is not drilled',
    todo: `Run resurgam check ${plansFolder}`,
  });
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

interface Wanted {
  readonly reference: SecretReference;
  /** What cannot be done without it. */
  readonly for: string;
}

/** Each secret is really fetched, once, and thrown away. */
async function secretAnswers(look: Look): Promise<readonly Answer[]> {
  const { plans, backupTools, env, stop } = look;
  const wanted = [...plans.plans.flatMap(plan => storeSecrets(plan, backupTools)), ...[...plans.clients.values()].flatMap(channelSecrets)];
  const byPlace = new Map(wanted.map(one => [JSON.stringify(one.reference), one]));
  const answers: Answer[] = [];
  for (const [place, { reference }] of byPlace) {
    const uses = [...new Set(wanted.filter(one => JSON.stringify(one.reference) === place).map(one => one.for))].join(', ');
    const bad = await secretAnswer(reference, { uses, env, stop });
    if (bad !== undefined) answers.push(bad);
  }
  if (byPlace.size === 0 || answers.length === byPlace.size) return answers;
  return [fine('secrets', `${byPlace.size - answers.length} of ${byPlace.size} can be read`), ...answers];
}

async function secretAnswer(
  reference: SecretReference,
  at: { readonly uses: string; readonly env: Look['env']; readonly stop: AbortSignal },
): Promise<Answer | undefined> {
  const subject = `secret (${describePlace(reference)})`;
  try {
    await resolveSecret(reference, at);
    return undefined;
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    const lack = { says: error.message, without: at.uses, todo: error.hint };
    return error.code === 'stopped' ? untold(subject, lack) : lacking(subject, lack);
  }
}

function storeSecrets(plan: Plan, tools: readonly BackupTool[]): readonly Wanted[] {
  return plan.components.flatMap(({ name, backup }) => {
    const tool = tools.find(one => one.name === backup?.tool);
    if (backup === null || tool === undefined) return [];
    const references = Object.values(tool.reach(backup).secrets);
    return references.map(reference => ({ reference, for: `the backups of ${plan.plan} (${name}) cannot be looked at` }));
  });
}

function channelSecrets(client: Client): readonly Wanted[] {
  return Object.entries(client.channels).flatMap(([name, channel]) => {
    const references = Object.values(channel).filter(isReference);
    return references.map(reference => ({ reference, for: `nobody of ${client.client} is reached by ${name}` }));
  });
}

function isReference(value: unknown): value is SecretReference {
  return typeof value === 'object' && value !== null && ('env' in value || 'file' in value || 'command' in value);
}

/** People of the ladder by whom nobody would ever be heard. */
function contactAnswers(client: Client): readonly Answer[] {
  const subject = `people of ${client.client}`;
  const { ladder, securityLadder } = client;
  const named = [ladder, ...(securityLadder === undefined ? [] : [securityLadder])].flatMap(one => [
    ...one.L1,
    ...one.L2,
    ...one.L3,
    ...one.executive,
  ]);
  const contacts = [...new Set(named)];
  const deaf = contacts.filter(contact => !isReachable(client, contact));
  const lack = { without: 'nobody is told when a drill fails', needed: false };
  const todo = 'Name contacts with their channels in client.yaml (ladder, contacts, channels).';
  if (contacts.length === 0) return [lacking(subject, { ...lack, says: 'the ladder names nobody', todo })];
  if (deaf.length > 0)
    return [lacking(subject, { ...lack, says: `cannot be reached: ${deaf.join(', ')}`, without: 'they hear of nothing', todo })];
  if (Object.keys(client.channels).length > 0)
    return [fine(subject, `${counted(contacts.length, 'contact')} of the ladder can be reached`)];
  return [
    lacking(subject, {
      ...lack,
      says: `${counted(contacts.length, 'contact')}, but no channel`,
      todo: 'Name a channel in client.yaml (channels: { mail: { kind: email, … } }).',
    }),
  ];
}
