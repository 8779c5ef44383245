import Handlebars from 'handlebars';
import type { TemplateTexts } from '../system/templates.ts';

/** "Could not make the report." */
export class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code: 'template-unsafe' | 'template-broken';
  readonly hint: string;
  constructor(code: ReportError['code'], message: string, rest: { readonly hint: string; readonly cause?: unknown }) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
  }
}

const UNESCAPED = /\{\{\s*(?:\{|~?\s*&)/;

/** Templates as they were read: a process that makes a second page of a kind need not read its template again. Ours are few. */
const known = new Map<string, HandlebarsTemplateDelegate>();

/**
 * Template and view to page. Everything is escaped: a template that asks for raw output is refused, since names in a backup are not ours.
 * A name that the view lacks is an error and not an empty place. The view must be plain own properties (Handlebars shows no getters).
 */
export function renderPage(template: TemplateTexts, view: object): string {
  const key = JSON.stringify(template);
  const page = known.get(key) ?? compiled(template);
  known.set(key, page);
  try {
    return page(view);
  } catch (cause) {
    throw new ReportError('template-broken', 'the template does not fit the view', {
      hint: 'Compare templates/page with src/report/view.ts.',
      cause,
    });
  }
}

function compiled(template: TemplateTexts): HandlebarsTemplateDelegate {
  const engine = Handlebars.create();
  const strict = { strict: true, knownHelpersOnly: true, preventIndent: true } as const;
  for (const [name, text] of Object.entries({ ...template.partials, page: template.page })) {
    if (UNESCAPED.test(text)) {
      throw new ReportError('template-unsafe', `template ${name}: expected escaped output only, found raw output`, {
        hint: 'Write {{name}} with two braces.',
      });
    }
    // A text without a brace of ours (the style) is what it is: to read it as a template takes longer than all the others.
    if (name !== 'page') engine.registerPartial(name, text.includes('{{') ? engine.compile(text, strict) : () => text);
  }
  return engine.compile(template.page, strict);
}
