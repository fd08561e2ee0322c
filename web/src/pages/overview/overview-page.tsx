import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function OverviewPage() {
  return <Page title="Overview">…</Page>;
}
