/** What is dangerous or unfinished in a group of settings. */
export function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul className="mb-6 flex flex-col gap-1 border-warning border-l-2 pl-4">
      {warnings.map((warning) => (
        <li key={warning} className="max-w-[72ch] text-warning">
          {warning}
        </li>
      ))}
    </ul>
  );
}
