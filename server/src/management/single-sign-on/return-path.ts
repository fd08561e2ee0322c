/**
 * The page of the console that a text names, with its query: `/keys?status=active`. Anything that would lead out of
 * the console is the overview, `/`: no address of a sign-in leads to another site.
 */
export function returnPathOf(text: string | undefined): string {
  if (text === undefined || !/^\/(?![/\\])[^\\\p{C}]{0,2000}$/u.test(text)) return '/';
  const url = URL.parse(`/ui${text}`, 'http://console.invalid');
  if (url?.origin !== 'http://console.invalid' || !url.pathname.startsWith('/ui/')) return '/';
  return url.pathname.slice('/ui'.length) + url.search;
}
