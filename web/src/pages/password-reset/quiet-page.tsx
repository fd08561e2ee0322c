import { type ReactNode, useEffect } from 'react';
import { Mark } from '../../shell/mark.tsx';

/** A page for somebody who is not signed in: one column, one heading, one thing to do. */
export function QuietPage({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Latchkey`;
  }, [title]);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[420px] flex-col px-6 py-8">
      <p className="flex items-center gap-2.5">
        <Mark />
        <span className="font-strong text-control">Latchkey</span>
      </p>
      <div className="my-auto flex flex-col gap-4 py-10">
        <h1 className="text-page">{title}</h1>
        {children}
      </div>
    </main>
  );
}
