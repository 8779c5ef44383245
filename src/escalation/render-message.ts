import Handlebars from 'handlebars';

/** Braces that would put text into a page as it is. */
const UNESCAPED = /\{\{\s*(?:\{|~?\s*&)/;

/** What the text is for: in HTML everything is escaped, plain text is shown as it is. */
export type Rendering = 'html' | 'text';

/**
 * Template and view to text. A name that the view lacks is an error and not an empty place; the view must be plain own properties. Throws
 * what Handlebars throws: a template that does not fit is our own mistake.
 */
export function renderMessage(template: string, view: object, rendering: Rendering): string {
  if (UNESCAPED.test(template)) throw new Error('a template of a message asks for raw output');
  const options = { strict: true, knownHelpersOnly: true, preventIndent: true, noEscape: rendering === 'text' };
  const text = Handlebars.create().compile(template, options)(view);
  return rendering === 'html' ? text : `${text.replaceAll(/\n{3,}/g, '\n\n').trim()}\n`;
}
