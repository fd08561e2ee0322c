/** The hues of the table in `charts.css`; `other` and `danger` are neutral and red. */
export type SeriesHue = 1 | 2 | 3 | 4 | 5 | 6 | 'other' | 'danger';

/** How many series get a hue of their own in one chart. The rest is summed up as "Other". */
export const hueCount = 6;

/**
 * Remembers which hue an entity was given, so that a model or key keeps its colour on every page and after filtering.
 * The first choice comes from a hash of the id, so most entities even keep it across visits.
 */
export class HueRegistry {
  readonly #hues = new Map<string, SeriesHue>();

  /**
   * Hues for the entities of one chart, most important first. Two entities of one chart never share a hue:
   * where their hues collide, the less important one gets a free hue for this chart only.
   */
  huesFor(entityIds: readonly string[]): ReadonlyMap<string, SeriesHue> {
    const chosen = new Map<string, SeriesHue>();
    const taken = new Set<SeriesHue>();
    const choose = (id: string, hue: SeriesHue): void => {
      chosen.set(id, hue);
      taken.add(hue);
    };
    // Entities that already have a hue keep it before new ones choose.
    for (const id of entityIds) {
      const known = this.#hues.get(id);
      if (known !== undefined && !taken.has(known)) choose(id, known);
    }
    for (const id of entityIds) {
      if (chosen.has(id)) continue;
      const hue = freeHue(preferredHue(id), taken);
      choose(id, hue);
      if (hue !== 'other' && !this.#hues.has(id)) this.#hues.set(id, hue);
    }
    return chosen;
  }
}

/** The registry of this visit. */
export const hues = new HueRegistry();

/** The CSS value of a hue: `var(--series-3)`. */
export function cssColour(hue: SeriesHue): string {
  return `var(--series-${hue})`;
}

function freeHue(preferred: number, taken: ReadonlySet<SeriesHue>): SeriesHue {
  for (let step = 0; step < hueCount; step += 1) {
    const hue = (((preferred + step) % hueCount) + 1) as SeriesHue;
    if (!taken.has(hue)) return hue;
  }
  return 'other';
}

/** FNV-1a over the UTF-16 code units, reduced to 0..5. */
function preferredHue(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % hueCount;
}
