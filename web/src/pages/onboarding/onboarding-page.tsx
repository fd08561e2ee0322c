import { Page } from '../../components/page.tsx';

/** Stands in until the page is built. */
export function OnboardingPage() {
  return <Page title="Onboarding">…</Page>;
}
