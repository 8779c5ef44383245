import type { Page } from 'playwright-core';

/*
 * What runs in the browser is text here: this project is compiled without the DOM, and its types would otherwise be there for every file.
 */

/** What is wider than the window; empty if nothing has to be scrolled sideways. */
export function stickingOut(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('body *')].filter(one => {
      const box = one.getBoundingClientRect();
      return box.width > 0 && box.left >= 0 && box.right > width + 0.5;
    });
    const scrolls = document.documentElement.scrollWidth > width ? ['the page'] : [];
    return [...scrolls, ...wide.slice(0, 5).map(one => one.tagName + '.' + (one.getAttribute('class') ?? ''))];
  })()`);
}

/** Texts with less contrast to their ground than WCAG AA asks for (4.5). */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const parse = colour => [...colour.matchAll(/[\\d.]+/g)].map(part => Number(part[0]));
    const channel = value => value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const ground = one => {
      if (one === null) return [255, 255, 255];
      const colour = parse(getComputedStyle(one).backgroundColor);
      return colour.length === 4 && colour[3] === 0 ? ground(one.parentElement) : colour;
    };
    const faint = [];
    for (const one of document.querySelectorAll('h1 span, h2, h3, p, li, dt, dd, th, td, caption, b, i, .tag, .outcome, code, text')) {
      const style = getComputedStyle(one);
      const [more, less] = [light(parse(one.tagName === 'text' ? style.fill : style.color)), light(ground(one))].sort((a, b) => b - a);
      const ratio = (more + 0.05) / (less + 0.05);
      if (one.textContent.trim() !== '' && ratio < 4.5) faint.push(one.tagName + ' ' + ratio.toFixed(2));
    }
    return faint;
  })()`);
}

/** Levels of the headings in the order of the page. */
export function headingLevels(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`[...document.querySelectorAll('h1, h2, h3, h4')].map(one => Number(one.tagName.slice(1)))`);
}

/** A computed style of the first element that fits. */
export function styleOf(page: Page, selector: string, style: { name: string; part?: string }): Promise<string> {
  const [at, part] = [JSON.stringify(selector), JSON.stringify(style.part ?? null)];
  return page.evaluate<string>(`getComputedStyle(document.querySelector(${at}), ${part}).${style.name}`);
}

/** How many different fillings the elements have. */
export function fillCount(page: Page, selector: string): Promise<number> {
  return page.evaluate<number>(
    `new Set([...document.querySelectorAll(${JSON.stringify(selector)})].map(one => getComputedStyle(one).fill)).size`,
  );
}
