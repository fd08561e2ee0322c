import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function KeyPage() {
  return <Page title="Key">…</Page>;
}
