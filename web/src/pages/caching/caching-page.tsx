import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function CachingPage() {
  return <Page title="Caching">…</Page>;
}
