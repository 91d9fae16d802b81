"""The clocks of one ticket, as a pure function of its facts, the terms and an instant.

No I/O, no wall clock, no randomness. Instants are whole microseconds since 1970 (UTC) and amounts
of business time are whole microseconds; both become RFC 3339 and minutes only in documents.

How a use case calls it
-----------------------
1. `fact.fact_of(kind, data, ...)` makes facts of what was reported. `terms.Terms.of(entries)` and
   `Agreement.from_snapshot(digest, snapshot, BusinessCalendar.from_snapshot)` are made once per
   tenant and kept; both together are a `rulebook.Rulebook`. A tenant whose terms have not been
   read to their end gets `Terms.of((), ready=False)`: facts are taken in, clocks are pending.
2. `codec.picture_of(bytes)` reads a ticket's stored picture; `fold.continues(picture, facts)` says
   whether new facts may be added to it. If so, `fold.steps(picture, facts, rulebook)` gives one
   picture per thing that happened; else `fold.refolded(all_facts, rulebook, before)` gives the
   one new picture. Then `fold.advancing(picture, rulebook, at)` adds what terms alone did by *at*:
   more steps. `codec.picture_bytes` stores the last picture of these; never a judged view.
3. `fold.judged(picture, rulebook, at)` is the view at an instant: the same clocks, with the
   thresholds that they cross before it if nothing else is reported.
4. `ledger.difference(ledger, announce=..., standing=...)` says what must be announced, retracted
   and corrected. *announce* is the picture for a batch of facts (crossings proved by a later fact)
   and the judged view for the due loop; *standing* is always a view, judged at the same instant
   as *announce* or later, and no earlier than `Ledger.horizon`: else what was told rightly would
   be retracted for want of proof.
5. `changes.changes(before, steps, standing, difference, ledger)` lists what to publish, in order;
   `event.event_type`, `event.event_id` and `event.clock_data` make the messages. Nothing to
   publish and the same bytes: nothing to write.
6. `fold.next_due(announced, rulebook)`, of the picture or view whose crossings were announced, is
   when to judge again. A `Picture.pending` ticket has to be folded from its facts once more terms
   are known.
7. `status.status_document`, `explain.explain_document`, `activity.activity_entries` answer people.

Modules, from the bottom up: `category` of a status, what happened in `fact`, what was agreed in
`agreement`, `terms` and `rulebook`; one `clock`, how it `moves` and its `reading`; all of a ticket
in `picture`, which a `step` moves and the `fold` makes; then `ledger`, `changes` and `event`.
"""
