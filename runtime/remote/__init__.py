"""Services: models behind an address that score texts. What happens between a rule that asks and an answer that counts.

In the order of the way of a text: `remote` has the deadline and puts the parts together; `flights` asks the same thing
once; `batches` gathers texts into requests; `breaker` leaves a service alone that fails; `budget` bounds what is asked
again; `hedge` has a second request beside a slow one; `client` speaks HTTP; `v2`, `tei`, `moderation`, `guardrails` and
`llamaguard` are protocols.

All of it happens on one loop in the background, for all plans, threads and loops of the process: so texts of all of
them share requests, connections and what is known of the service. No code but that of this folder runs there, so
nothing that a service of the user does can keep it waiting.

Imported when a plan with services is loaded.
"""

from __future__ import annotations

__all__: list[str] = []
