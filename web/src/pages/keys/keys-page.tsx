import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function KeysPage() {
  return <Page title="Keys">…</Page>;
}
