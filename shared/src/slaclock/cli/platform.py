"""Where the platform answers, with which credential, and what its answers mean to a command."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

import httpx
import orjson
import typer

from slaclock.auth.roles import Role
from slaclock.cli.exits import NothingFound, NotReachable, PlatformFault
from slaclock.errors import Fault, Refusal
from slaclock.home import Home
from slaclock.settings import PlatformSettings

__all__ = ["ForTenant", "NoCredential", "Platform", "Refused"]

ForTenant = Annotated[
    str | None,
    typer.Option("--tenant", help="Whose data; the first tenant of the home if omitted."),
]


class NoCredential(Refusal):
    """Nothing says who is asking."""

    code = "credential.missing"


class Refused(Refusal):
    """The platform said no; carries its code and its faults."""


@dataclass(frozen=True, slots=True)
class Platform:
    """A running platform, seen by one tenant.

    Attributes:
        url: base of its HTTP interfaces.
        api_key: sent as bearer credential.
        nats_url: its broker; None where only HTTP is known.
        nats: identities of outside systems on the bus: `{"helpdesk": {"user", "password"}, ...}`.
        tenant: whose data, where it is known.
        transport: replaces the network in tests.
    """

    url: str
    api_key: str = field(repr=False)
    nats_url: str | None = None
    nats: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    tenant: str | None = None
    transport: httpx.BaseTransport | None = field(default=None, repr=False)

    @classmethod
    def find(
        cls,
        role: Role,
        *,
        tenant: str | None = None,
        settings: PlatformSettings | None = None,
    ) -> Self:
        """From `SLACLOCK_URL` and `SLACLOCK_API_KEY`, else from the home of an embedded platform.

        Args:
            role: which of the home's keys to use.
            tenant: whose; the home's first tenant when None.
            settings: the environment when None.

        Raises:
            NotReachable: nothing says where a platform runs, or it has stopped.
            NoCredential: nothing says who is asking.
        """
        settings = settings or PlatformSettings.load()
        home = Home(settings.home)
        runtime = home.runtime()
        url = settings.url
        if url is None:
            if runtime is None:
                raise NotReachable(
                    f"no platform runs here ({home.runtime_file} is missing); "
                    "start one with `slaclock up`, or set SLACLOCK_URL and SLACLOCK_API_KEY"
                )
            if not runtime.is_alive:
                raise NotReachable(
                    f"the platform of {home.path} has stopped (process {runtime.pid} is gone); "
                    "start it with `slaclock up`"
                )
            url = runtime.http
        known = home.credentials(tenant) or {}
        key = settings.api_key.get_secret_value() if settings.api_key else None
        key = key or known.get("api_keys", {}).get(role.value)
        if not key:
            raise _no_credential(home, tenant, role)
        return cls(
            url=url.rstrip("/"),
            api_key=key,
            nats_url=runtime.nats if runtime and settings.url is None else settings.nats_url,
            nats=known.get("nats", {}),
            tenant=tenant or known.get("tenant"),
        )

    def get(self, path: str, **query: str | int | None) -> Any:
        """The JSON document at *path*; query parameters that are None are left out."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return self.ask("GET", path, params=wanted)

    def post(self, path: str, body: Any | None = None, *, timeout: float = 60) -> Any:
        """The JSON answer to posting *body* as JSON."""
        return self.ask("POST", path, json=body, timeout=timeout)

    def ask(self, method: str, path: str, *, timeout: float = 30, **more: Any) -> Any:
        """Send one request and read the JSON answer; raises what `answer` raises."""
        return _json(self.answer(method, path, timeout=timeout, **more))

    def answer(self, method: str, path: str, *, timeout: float = 30, **more: Any) -> httpx.Response:
        """Send one request; for those who need more of the answer than its JSON.

        Raises:
            NotReachable: nobody answers, or not in time.
            NothingFound: 404.
            PlatformFault: 500 and above.
            Refused: any other refusal; the faults of the answer come along.
        """
        headers = {"Authorization": f"Bearer {self.api_key}", **more.pop("headers", {})}
        with self._reached(timeout) as client:
            answer = client.request(method, self.url + path, headers=headers, **more)
        if answer.is_success:
            return answer
        raise _refusal(answer)

    def lines(
        self, path: str, body: Any, *, timeout: float = 60
    ) -> Generator[Mapping[str, Any], None, None]:
        """The answer to posting *body*, one JSON object after the other, as they come.

        Args:
            path: of a route that answers lines.
            body: sent as JSON.
            timeout: seconds between two lines.

        Raises:
            Refusal: as `answer`; also for a line `{"problem": ...}`.
        """
        headers = {"Authorization": f"Bearer {self.api_key}", "Accept": "application/x-ndjson"}
        with (
            self._reached(timeout) as client,
            client.stream("POST", self.url + path, json=body, headers=headers) as answer,
        ):
            if not answer.is_success:
                answer.read()
                raise _refusal(answer)
            for text in answer.iter_lines():
                line = _object(text, answer)
                if "problem" in line:
                    problem = line["problem"]
                    raise _refusal_of(int(problem["status"]), problem, str(problem["detail"]))
                yield line

    @contextmanager
    def _reached(self, timeout: float) -> Iterator[httpx.Client]:
        """A client; what goes wrong with it is `NotReachable`."""
        try:
            with httpx.Client(timeout=timeout, trust_env=False, transport=self.transport) as client:
                yield client
        except httpx.TimeoutException as error:
            raise NotReachable(f"{self.url} did not answer within {timeout:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotReachable(
                f"no platform answers at {self.url} ({error}); start one with `slaclock up`, "
                "or correct SLACLOCK_URL"
            ) from error


def _json(answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError as error:
        raise PlatformFault(f"{answer.url} does not answer JSON; is SLACLOCK_URL right?") from error


def _object(text: str, answer: httpx.Response) -> Mapping[str, Any]:
    try:
        line = orjson.loads(text)
    except ValueError as error:
        raise PlatformFault(f"{answer.url} does not answer JSON; is SLACLOCK_URL right?") from error
    return line if isinstance(line, dict) else {}


def _refusal(answer: httpx.Response) -> Refusal:
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    detail = str(said.get("detail") or f"{answer.request.method} {answer.url.path} failed")
    return _refusal_of(answer.status_code, said, detail)


def _refusal_of(status_code: int, said: Mapping[str, Any], detail: str) -> Refusal:
    code = str(said.get("code") or f"http.{status_code}")
    match status_code:
        case 404:
            return NothingFound(detail, code=code)
        case 429 | 502 | 503 | 504:
            return NotReachable(f"the platform is not ready: {detail}", code=code)
        case 401:
            return Refused(f"{detail}; check SLACLOCK_API_KEY", code=code)
        case status if status >= 500:
            return PlatformFault(f"{detail} (status {status})", code=code)
        case _:
            return Refused(detail, faults=_faults(said), code=code, status=status_code)


def _faults(said: Mapping[str, Any]) -> list[Fault]:
    entries = said.get("errors")
    return [
        Fault(
            str(entry.get("field", "")),
            entry.get("value"),
            str(entry.get("message", "")),
            str(entry.get("remedy", "")),
            str(entry.get("code", "")),
        )
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]


def _no_credential(home: Home, tenant: str | None, role: Role) -> NoCredential:
    if tenant is not None:
        return NoCredential(
            f"no {role} key of tenant {tenant!r} in {home.path}; "
            f"make one with `slaclock tenant add {tenant}`, or set SLACLOCK_API_KEY"
        )
    return NoCredential(f"no {role} key in {home.credentials_file()}; set SLACLOCK_API_KEY")
