// A real browser for tests, and pages in it that are watched. Tests that use it run one file after the other.
export { until } from './until.ts';
export { useBrowser } from './use-browser.ts';
export { openPage, type WatchedPage } from './watched-page.ts';
export { accessibilityFindings } from './accessibility.ts';
