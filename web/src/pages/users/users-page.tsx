import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function UsersPage() {
  return <Page title="Users">…</Page>;
}
