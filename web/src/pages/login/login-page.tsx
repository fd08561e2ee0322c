import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function LoginPage() {
  return <Page title="Login">…</Page>;
}
