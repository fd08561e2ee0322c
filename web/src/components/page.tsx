import { clsx } from 'clsx';
import { type ReactNode, useEffect, useId } from 'react';

/** Props of `Page`. */
export interface PageProps {
  title: string;
  /** What the heading shows where the plain title is not enough. */
  heading?: ReactNode;
  description?: ReactNode;
  /** Buttons right of the title; one of them may be primary. */
  actions?: ReactNode;
  /** The way back on detail pages. */
  parent?: ReactNode;
  children: ReactNode;
}

/** A page: title, actions, content. Sets the title of the window. */
export function Page({ title, heading, description, actions, parent, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Latchkey`;
  }, [title]);
  return (
    <div className="mx-auto w-full max-w-[1440px] px-4 pt-6 pb-16 md:px-8">
      {parent && <div className="mb-1 text-meta text-ink-3">{parent}</div>}
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-page [overflow-wrap:anywhere]">{heading ?? title}</h1>
          {description && <div className="mt-1 max-w-[72ch] text-body text-ink-2">{description}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** Props of `Section`. */
export interface SectionProps {
  title: ReactNode;
  description?: ReactNode;
  /** Links and small buttons at the right of the title. */
  actions?: ReactNode;
  children: ReactNode;
  /** The hairline above; `narrow`: only where sections stand in one column, below 1024 px. */
  ruled?: boolean | 'narrow';
  className?: string;
}

/** A part of a page, set off by a hairline and space, never by a box. */
export function Section({ title, description, actions, children, ruled = true, className }: SectionProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={clsx(
        'pb-8',
        ruled !== false && 'border-line border-t pt-4',
        ruled === 'narrow' && 'lg:border-t-0 lg:pt-0',
        className,
      )}
    >
      <header className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 id={id} className="text-section">
          {title}
        </h2>
        {actions && <div className="flex items-center gap-3 text-body">{actions}</div>}
        {description && (
          <p className="basis-full text-body text-ink-2">
            <span className="block max-w-[72ch]">{description}</span>
          </p>
        )}
      </header>
      {children}
    </section>
  );
}
