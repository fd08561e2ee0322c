import { Link } from '@tanstack/react-router';
import { linkClass } from '../components/link-class.ts';

/** An address that leads nowhere. */
export function NotFoundPage() {
  return (
    <main className="mx-auto flex max-w-[480px] flex-col gap-3 px-4 py-24">
      <h1 className="text-page">This page doesn’t exist</h1>
      <p className="text-ink-2">The address may be mistyped, or the page has moved.</p>
      <p>
        <Link to="/" className={linkClass}>
          Go to the overview
        </Link>
      </p>
    </main>
  );
}
