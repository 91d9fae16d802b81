"""The public client: publish events, read clocks and compliance. No service imports it.

```python
async with SlaClient("http://127.0.0.1:8080", api_key) as sla:
    await sla.publish([event])
    print(await sla.ticket("INC-1"))
```
"""

from slaclock.client.answers import (
    Binding,
    ClockStatus,
    Compliance,
    ComplianceGroup,
    PauseSpan,
    Published,
    RejectedEvent,
    ThresholdStatus,
    TicketSla,
)
from slaclock.client.client import SlaClient
from slaclock.client.errors import ApiFault, ApiRefusal, ApiUnreachable, SlaClientError
from slaclock.client.simulation import (
    Compared,
    OutcomeCounts,
    SimulatedCandidate,
    SimulatedClock,
    SimulatedMetric,
    SimulatedTickets,
    Simulation,
    SimulationExample,
    SimulationFinding,
    SimulationRow,
)

__all__ = [
    "ApiFault",
    "ApiRefusal",
    "ApiUnreachable",
    "Binding",
    "ClockStatus",
    "Compared",
    "Compliance",
    "ComplianceGroup",
    "OutcomeCounts",
    "PauseSpan",
    "Published",
    "RejectedEvent",
    "SimulatedCandidate",
    "SimulatedClock",
    "SimulatedMetric",
    "SimulatedTickets",
    "Simulation",
    "SimulationExample",
    "SimulationFinding",
    "SimulationRow",
    "SlaClient",
    "SlaClientError",
    "ThresholdStatus",
    "TicketSla",
]
