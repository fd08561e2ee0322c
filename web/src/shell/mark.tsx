/** The product's mark: a latchkey, drawn with one line. */
export function Mark({ className = 'size-5' }: { className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 20 20" className={className} fill="none" stroke="currentColor" strokeWidth={1.5}>
      <circle cx="6" cy="10" r="4" />
      <path d="M10 10h9M15 10v4M19 10v3" />
    </svg>
  );
}
