import type { Actor, Entry } from '../evidence/entry.ts';
import type { MessageKind, Tier } from './channel.ts';
import { onDuty } from './ladder.ts';
import { resolutionMs, type Effect, type Matter, type MatterState, type Refusal, type Rules, type Stepped } from './matter.ts';
import { mutedUntil } from './window.ts';

const US: Actor = { kind: 'system', id: 'resurgam' };
const LONGEST_REASON = 280;

/** A matter on its way through one step, with the effects so far. It never leaves the step: to the outside a step is pure. */
export class Stepping {
  matter: Matter;
  readonly rules: Rules;
  readonly #effects: Effect[] = [];

  constructor(matter: Matter, rules: Rules) {
    this.matter = matter;
    this.rules = rules;
  }

  get result(): Stepped<Matter> {
    return { matter: this.matter, effects: this.#effects };
  }

  set(change: Partial<Matter>): void {
    this.matter = { ...this.matter, ...change };
  }

  setLadder(change: Partial<Matter['ladder']>): void {
    this.set({ ladder: { ...this.matter.ladder, ...change } });
  }

  say(effect: Effect): void {
    this.#effects.push(effect);
  }

  seal(entry: Entry): void {
    this.say({ kind: 'entry', entry });
  }

  opened(): void {
    const { id, key, condition, severity, system, because, respondBy, resolveBy } = this.matter;
    const fields = {
      escalation: id,
      key,
      condition,
      severity,
      tier: 'L1' as const,
      system,
      because: { seq: because },
      respondBy,
      resolveBy,
    };
    this.seal({ type: 'escalation-opened', actor: US, fields });
  }

  changed(
    change: { readonly field: 'severity' | 'state' | 'tier'; readonly from: string; readonly to: string },
    reason: string,
    by?: string,
  ): void {
    const actor: Actor = by === undefined ? US : { kind: 'person', id: by };
    this.seal({ type: 'escalation-changed', actor, fields: { escalation: this.matter.id, ...change, reason: oneLine(reason) } });
  }

  toState(to: MatterState, reason: string, by?: string): void {
    const from = this.matter.state;
    if (from === to) return;
    this.changed({ field: 'state', from, to }, reason, by);
    this.set({ state: to });
  }

  resolved(seq: number, at: string): void {
    this.set({ state: 'resolved', resolvedAt: at });
    const took = resolutionMs(this.matter, this.rules.client) ?? 0;
    this.seal({ type: 'escalation-resolved', actor: US, fields: { escalation: this.matter.id, because: { seq }, resolutionMs: took } });
    this.say({ kind: 'resolve-outside', key: this.matter.key });
  }

  /** Refused, and recorded: that somebody tried is itself worth knowing. */
  refuse(by: string, asked: string, why: Refusal): void {
    this.say({ kind: 'refused', by, why });
    this.seal(refusalEntry(by, `escalation ${this.matter.id}: ${asked}`, why));
  }

  /** Those of them who may be told now. Returns whether there was anybody. */
  notify(to: { readonly tier: Tier; readonly contacts: readonly string[] }, message: MessageKind, at: string): boolean {
    const contacts = onDuty(to.contacts, { severity: this.matter.severity, at }, this.rules.client);
    if (contacts.length === 0) return false;
    this.say({ kind: 'notify', tier: to.tier, contacts, message });
    return true;
  }

  isMuted(at: string): boolean {
    return mutedUntil(at, this.matter, this.rules.client) !== null;
  }
}

/** What is written down when somebody asks for what is not theirs to ask. */
export function refusalEntry(by: string, object: string, why: Refusal): Entry {
  const fields = { who: by, role: 'none', object, purpose: 'refused', breakGlass: false, reason: why, reviewBy: null };
  return { type: 'access', actor: US, fields };
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return line === '' ? 'no reason given' : line.slice(0, LONGEST_REASON);
}
