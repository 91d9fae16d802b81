// The clock on the calendar's wall. Its offsets come with the years that the service answers: the
// snapshot's own zone counts, and not what the browser knows of zones.

const MOST_YEARS = 6;

/** Converts instants (ms since 1970) and readings of the clock (`2026-03-29T01:30`). */
export class Zone {
  /** *name* of the zone; *fetchYear(year)* asks for a year that is not known yet. */
  constructor(name, fetchYear) {
    this.name = name;
    this.fetchYear = fetchYear;
    this.years = new Map();
  }

  /** Take the offsets out of the answer for a year. */
  learn(answer) {
    const offsets = answer.offsets.map(({ start, end, seconds }) => (
      { start: Date.parse(start), end: Date.parse(end), seconds }));
    this.years.set(answer.year, offsets);
  }

  /** Ask for the years of instants, as far as they are few. */
  async need(...instants) {
    const wanted = new Set(instants.map((ms) => new Date(ms).getUTCFullYear()));
    const unknown = [...wanted].filter((year) => year >= 1970 && year < 2200 && !this.years.has(year));
    await Promise.all(unknown.slice(0, MOST_YEARS).map(async (year) => this.learn(await this.fetchYear(year))));
  }

  /** Seconds east of UTC at an instant; null where its year is not known. */
  offsetAt(ms) {
    const offsets = this.years.get(new Date(ms).getUTCFullYear());
    return offsets?.find(({ start, end }) => start <= ms && ms < end)?.seconds ?? null;
  }

  /** What the clock shows: its date, time and offset. UTC, and so marked, where that year is not known. */
  shows(ms) {
    const seconds = this.offsetAt(ms);
    const wall = new Date(ms + (seconds ?? 0) * 1000).toISOString();
    const time = wall.slice(17, 19) === "00" ? wall.slice(11, 16) : wall.slice(11, 19);
    return { date: wall.slice(0, 10), time: seconds === null ? `${time} UTC` : time, offset: seconds };
  }

  /**
   * When the clock shows *reading*: none where it is skipped, two where it is repeated, each as
   * `{ms, seconds}`. The year must be known.
   */
  instants(reading) {
    const wall = Date.parse(`${reading}Z`);
    const offsets = this.years.get(new Date(wall).getUTCFullYear()) ?? [];
    return offsets
      .map(({ start, end, seconds }) => ({ start, end, seconds, ms: wall - seconds * 1000 }))
      .filter(({ start, end, ms }) => start <= ms && ms < end)
      .map(({ ms, seconds }) => ({ ms, seconds }));
  }

  /** The change of the clock that skips *reading*: what it shows before and after. */
  gapAround(reading) {
    const wall = Date.parse(`${reading}Z`);
    const offsets = this.years.get(new Date(wall).getUTCFullYear()) ?? [];
    for (let index = 1; index < offsets.length; index += 1) {
      const [before, after] = [offsets[index - 1], offsets[index]];
      const from = before.end + before.seconds * 1000;
      const to = after.start + after.seconds * 1000;
      if (from <= wall && wall < to) return [from, to].map((ms) => new Date(ms).toISOString().slice(0, 16));
    }
    return null;
  }
}
