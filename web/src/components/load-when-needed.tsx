import { type ComponentType, lazy, Suspense, useState } from 'react';

/** A component whose code arrives later, and the call that fetches it ahead of time. */
export interface LoadedWhenNeeded<Props extends object> {
  Component: ComponentType<Props>;
  load: () => Promise<void>;
}

/**
 * Keeps the code of a component out of the first load. Until it is there, nothing is shown in its place;
 * once it has been fetched, it appears in the same frame, which a bare `lazy` does not promise.
 */
export function loadWhenNeeded<Props extends object>(
  fetchComponent: () => Promise<ComponentType<Props>>,
): LoadedWhenNeeded<Props> {
  let fetched: ComponentType<Props> | null = null;
  const load = async () => {
    fetched = await fetchComponent();
  };
  const Later = lazy(async () => ({ default: await fetchComponent() }));

  function Component(props: Props) {
    // Chosen once for as long as it is shown: another component type would start with fresh state.
    const [Chosen] = useState<ComponentType<Props>>(() => fetched ?? Later);
    return (
      <Suspense>
        <Chosen {...props} />
      </Suspense>
    );
  }
  return { Component, load };
}
