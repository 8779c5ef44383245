import { expect, test } from 'vitest';
import { renderPage, ReportError } from '../../src/report/render.ts';
import { readTemplate } from '../../src/system/templates.ts';
import { everySampleDrill, sampleDrills } from '../fixtures/records.ts';
import { samplePage } from './sample-page.ts';

const template = (page: string, partials: Record<string, string> = {}) => ({ page, partials });

test('what a name holds is shown and never obeyed', () => {
  const page = renderPage(template('<p title="{{name}}">{{name}}</p>'), { name: '"><script>alert(1)</script>' });

  expect(page).not.toContain('<script>');
  expect(page).toContain('&lt;script&gt;');
});

test.each(['{{{name}}}', '{{ {name} }}', '{{&name}}', '{{~& name}}'])('raw output is refused: %s', text => {
  const render = (): string => renderPage(template(text), { name: 'x' });

  expect(render).toThrow(ReportError);
});

test('raw output is refused in a partial, too', () => {
  const render = (): string => renderPage(template('{{> part}}', { part: '{{{name}}}' }), { name: 'x' });

  expect(render).toThrow('raw output');
});

test('a name that the view lacks is an error and not an empty place', () => {
  const render = (): string => renderPage(template('{{nmae}}'), { name: 'x' });

  expect(render).toThrow('does not fit');
});

test('what the view only inherits is not shown', () => {
  const page = renderPage(template('[{{constructor}}]'), {});

  expect(page).toBe('[]');
});

test.each(everySampleDrill)('the page of the drill "%s" is made', async (_, record) => {
  const page = await samplePage(record);

  expect(page).toMatch(/^<!doctype html>/);
  expect(page.trimEnd()).toMatch(/<\/html>$/);
});

test('the page loads nothing and runs nothing', async () => {
  const page = await samplePage(sampleDrills.ugly);

  expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref="(?!#)|@import|url\((?!#)|\son\w+=/);
});

test('every partial of the page is used', async () => {
  const { page, partials } = await readTemplate('page/drill');
  const all = [page, ...Object.values(partials)].join('\n');

  const unused = Object.keys(partials).filter(name => !all.includes(`{{> ${name}`));

  expect(unused).toEqual([]);
});
