import type { HandStep, HandView } from './view.ts';

/** Lines of commands in their words: no word may be broken, so that who types from paper sees where a space is and where a line ends. */
export type HandLines = readonly (readonly string[])[];

interface PageStep extends HandStep {
  readonly lines: HandLines;
}

/** The printed runbook as its page shows it. */
export interface HandPage extends Omit<HandView, 'components' | 'questions'> {
  readonly prepareLines: HandLines;
  readonly components: readonly (Omit<HandView['components'][number], 'steps'> & { readonly steps: readonly PageStep[] })[];
  readonly questions: readonly PageStep[];
}

export function handPage(view: HandView): HandPage {
  const step = (one: HandStep): PageStep => ({ ...one, lines: one.code === null ? [] : linesOf(one.code) });
  return {
    ...view,
    prepareLines: linesOf(view.prepare),
    components: view.components.map(component => ({ ...component, steps: component.steps.map(step) })),
    questions: view.questions.map(step),
  };
}

function linesOf(code: string): HandLines {
  return code.split('\n').map(line => line.split(' '));
}
