import { CopyButton } from './copy-button.tsx';

/** Code to copy. Long lines scroll; the block can be reached by keyboard for that. */
export function CodeBlock({ label, code }: { /** What it is, such as "cURL command". */ label: string; code: string }) {
  return (
    <div className="relative rounded-control border border-line bg-sunken">
      <section tabIndex={0} aria-label={label} className="overflow-x-auto rounded-control p-3 pr-12">
        <pre translate="no" className="font-mono text-meta leading-5">
          <code>{code}</code>
        </pre>
      </section>
      <span className="absolute top-1 right-1 rounded-control bg-sunken">
        <CopyButton value={code} label={`Copy ${label}`} size="icon" />
      </span>
    </div>
  );
}
