import './charts.css';

/** The frame of a chart whose data is on its way: same height, same hairlines. */
export function ChartSkeleton() {
  return (
    <div role="status" className="h-[304px]">
      <span className="sr-only">Loading</span>
      <div aria-hidden className="flex h-10 items-start">
        <span className="skeleton block h-3 w-72 max-w-full rounded-control" />
      </div>
      <div aria-hidden className="flex h-[240px] flex-col justify-between border-line-strong border-b pt-4">
        <span className="block h-px bg-line" />
        <span className="block h-px bg-line" />
        <span className="block h-px bg-line" />
        <span />
      </div>
    </div>
  );
}
