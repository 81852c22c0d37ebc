import { LISTEN_SCRIPT } from './assets/listen-script.ts';
import { PAGE_HTML } from './assets/page-html.ts';
import { PAGE_SCRIPT } from './assets/page-script.ts';
import { PAGE_STYLE } from './assets/page-style.ts';
import { PLOT_SCRIPT } from './assets/plot-script.ts';
import { SCOPE_SCRIPT } from './assets/scope-script.ts';

export interface PageFile {
  readonly type: string;
  readonly body: string;
}

const script = (body: string): PageFile => ({ type: 'text/javascript', body });

/** Everything the page consists of, by path. Kept in modules, so that the compiler ships it like any other source. */
export const PAGE_FILES: Readonly<Record<string, PageFile>> = {
  '/': { type: 'text/html', body: PAGE_HTML },
  '/page.css': { type: 'text/css', body: PAGE_STYLE },
  '/page.js': script(PAGE_SCRIPT),
  '/listen.js': script(LISTEN_SCRIPT),
  '/plot.js': script(PLOT_SCRIPT),
  '/scope.js': script(SCOPE_SCRIPT),
};
