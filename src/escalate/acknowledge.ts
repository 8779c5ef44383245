import { tokenOf, useToken, type TokenOf } from '../store/state/tokens.ts';
import { happen, type Applied } from './apply.ts';
import type { EscalateTools } from './tools.ts';

/** How a link was answered: taken, or why not. */
export type Answered = { readonly result: 'taken'; readonly of: TokenOf } | { readonly result: 'unknown-link' };

/**
 * A contact pressed the button on the page of this escalation: a human acknowledgement, once (escalation.md, section 4). A link of another
 * page is not used up, and one whose owner is no contact any more says nothing.
 */
export async function acknowledgeByLink(
  { token, escalation }: { readonly token: string; readonly escalation: string },
  tools: EscalateTools,
): Promise<Answered> {
  const of = await tokenOf(tools.state, token);
  if (of?.escalation !== escalation) return { result: 'unknown-link' };
  const at = tools.now();
  return tools.state.of(of.client, async tx => {
    if (!(await useToken(tx, token, at))) return { result: 'unknown-link' };
    const event = { kind: 'acknowledged', at, by: of.contact, via: 'link', how: 'human' } as const;
    const { matter, refused } = await happen({ tx, client: of.client, tools }, of.escalation, event);
    // It may have been resolved between the two looks.
    return refused === undefined && matter?.state !== 'resolved' ? { result: 'taken', of } : { result: 'unknown-link' };
  });
}

/** A contact says it at the terminal. */
export async function acknowledgeByName(
  of: { readonly client: string; readonly escalation: string; readonly by: string },
  tools: EscalateTools,
): Promise<Applied> {
  const event = { kind: 'acknowledged', at: tools.now(), by: of.by, via: 'command', how: 'human' } as const;
  return tools.state.of(of.client, tx => happen({ tx, client: of.client, tools }, of.escalation, event));
}
