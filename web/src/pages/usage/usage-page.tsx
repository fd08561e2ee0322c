import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function UsagePage() {
  return <Page title="Usage">…</Page>;
}
