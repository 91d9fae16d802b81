"""The public client: publish events, read clocks and compliance. No service imports it.

```python
async with SlaClient("http://127.0.0.1:8080", api_key) as sla:
    await sla.publish([event])
    print(await sla.ticket("INC-1"))
    async for breach in SLAService(sla).monitor():
        print(breach)
```
"""

from slaclock.client.answers import (
    Binding,
    ClockPage,
    ClockStatus,
    Compliance,
    ComplianceGroup,
    Kpi,
    ListedClock,
    PauseSpan,
    Published,
    RejectedEvent,
    SlaSummary,
    SlaVersion,
    ThresholdStatus,
    TicketSla,
)
from slaclock.client.breach import PotentialBreach, SLABreach
from slaclock.client.client import SlaClient
from slaclock.client.errors import (
    ApiDenied,
    ApiFault,
    ApiRefusal,
    ApiUnreachable,
    InvalidInput,
    SlaClientError,
)
from slaclock.client.levels import BreachType, RiskLevel, Severity
from slaclock.client.policy import EscalationRule, PolicyTarget, SLAPolicy
from slaclock.client.service import SLAService
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
from slaclock.client.ticket_status import TicketSLAStatus

__all__ = [
    "ApiDenied",
    "ApiFault",
    "ApiRefusal",
    "ApiUnreachable",
    "Binding",
    "BreachType",
    "ClockPage",
    "ClockStatus",
    "Compared",
    "Compliance",
    "ComplianceGroup",
    "EscalationRule",
    "InvalidInput",
    "Kpi",
    "ListedClock",
    "OutcomeCounts",
    "PauseSpan",
    "PolicyTarget",
    "PotentialBreach",
    "Published",
    "RejectedEvent",
    "RiskLevel",
    "SLABreach",
    "SLAPolicy",
    "SLAService",
    "Severity",
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
    "SlaSummary",
    "SlaVersion",
    "ThresholdStatus",
    "TicketSLAStatus",
    "TicketSla",
]
