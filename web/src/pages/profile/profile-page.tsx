import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function ProfilePage() {
  return <Page title="Profile">…</Page>;
}
