"""Everything that exists in the simulated service: sub-accounts, resource groups, deployments, configurations.

It is shared by all connection threads and guards itself. It knows no HTTP.
"""

import hashlib
import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from proxy_core.simulator.demo_models import AWKWARD, DEMO, AwkwardEntry, model_facts
from proxy_core.simulator.exchange import SimDeployment
from proxy_core.simulator.faults import Faults
from proxy_core.simulator.request_log import RequestLog
from proxy_core.simulator.token_store import TokenStore

__all__ = ["Configuration", "Record", "Switches", "Tenant", "World", "demo_world", "executable_of"]


@dataclass(frozen=True, slots=True)
class Tenant:
    """A sub-account. `name` is also its identity zone."""

    name: str
    client_id: str
    client_secret: str = field(repr=False)
    resource_groups: tuple[str, ...] = ("default",)


@dataclass(frozen=True, slots=True)
class Configuration:
    id: str
    tenant: str
    resource_group: str
    name: str
    executable: str
    scenario: str
    bindings: tuple[Mapping[str, str], ...]
    created_at: str


@dataclass(frozen=True, slots=True)
class Record:
    """A deployment with its history. `started` is the clock when it was asked to start, None for "long ago"."""

    deployment: SimDeployment
    entry: AwkwardEntry | None = None
    started: float | None = None
    stopped: float | None = None
    target: str = "RUNNING"


@dataclass(slots=True)
class Switches:
    """Behaviour that tests change while the simulator runs.

    `seconds_to_start` is the time a new deployment needs until RUNNING, and one to stop. `rate_limit` is
    requests per minute, model and sub-account. `group_status` is what inference answers for a wrong resource group.
    """

    token_lifetime: int = 43_199
    seconds_to_start: float = 0.2
    group_status: int = 404
    rate_limit: int | None = None
    list_executables: bool = False


class World:
    """The state of the service. `clock` gives Unix seconds."""

    def __init__(self, tenants: Sequence[Tenant], clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.switches = Switches()
        self.faults = Faults()
        self.requests = RequestLog()
        self.tokens = TokenStore(clock)
        self.memory: dict[str, int] = {}
        self.kept: dict[str, Any] = {}
        self._tenants = {tenant.name: tenant for tenant in tenants}
        self._records: dict[str, Record] = {}
        self._configurations: dict[str, Configuration] = {}
        self._windows: dict[tuple[str, str], tuple[int, int]] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    @property
    def tenants(self) -> tuple[Tenant, ...]:
        return tuple(self._tenants.values())

    def tenant(self, name: str) -> Tenant:
        """Raises `KeyError`."""
        return self._tenants[name]

    def tenant_of_client(self, client_id: str) -> Tenant | None:
        return next((tenant for tenant in self.tenants if tenant.client_id == client_id), None)

    def deploy(
        self,
        tenant: str,
        model: str,
        *,
        group: str = "default",
        executable: str | None = None,
        scenario: str | None = None,
        status: str = "RUNNING",
        entry: AwkwardEntry | None = None,
        configuration: Configuration | None = None,
        starting: bool = False,
    ) -> SimDeployment:
        """Add a deployment; `starting` lets it become RUNNING over time. An empty model is orchestration."""
        executable = executable or executable_of(model)
        scenario = scenario or ("foundation-models" if model else "orchestration")
        with self._lock:
            number = next(self._numbers)
            config = configuration or self._configure(tenant, group, model, executable, scenario)
            deployment = SimDeployment(
                id=new_id(tenant, group, model, number),
                tenant=tenant,
                resource_group=group,
                model=model,
                executable=executable,
                scenario=scenario,
                status=status,
                created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_772_000_000 + 3_600 * number)),
                configuration=config.id,
            )
            started = self.clock() if starting else None
            self._records[deployment.id] = Record(deployment, entry, started=started)
        return deployment

    def _configure(self, tenant: str, group: str, model: str, executable: str, scenario: str) -> Configuration:
        bindings = (
            [{"key": "modelName", "value": model}, {"key": "modelVersion", "value": "latest"}] if model else []
        )
        name = f"{model}-config" if model else "defaultOrchestrationConfig"
        return self._add_configuration(tenant, group, name, executable, scenario, bindings)

    def configure(
        self,
        tenant: str,
        group: str,
        name: str,
        executable: str,
        scenario: str,
        bindings: Sequence[Mapping[str, str]],
    ) -> Configuration:
        with self._lock:
            return self._add_configuration(tenant, group, name, executable, scenario, bindings)

    def _add_configuration(
        self,
        tenant: str,
        group: str,
        name: str,
        executable: str,
        scenario: str,
        bindings: Sequence[Mapping[str, str]],
    ) -> Configuration:
        number = len(self._configurations)
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_771_000_000 + 3_600 * number))
        config = Configuration(
            new_uuid(tenant, group, number), tenant, group, name, executable, scenario, tuple(bindings), created
        )
        self._configurations[config.id] = config
        return config

    def configurations(self, tenant: str, group: str) -> tuple[Configuration, ...]:
        with self._lock:
            found = tuple(self._configurations.values())
        return tuple(config for config in found if (config.tenant, config.resource_group) == (tenant, group))

    def configuration(self, config_id: str) -> Configuration | None:
        return self._configurations.get(config_id)

    def records(self, tenant: str, group: str) -> tuple[Record, ...]:
        """The deployments of a resource group, in their state of now."""
        with self._lock:
            found = tuple(self._records.values())
        return tuple(
            self._aged(record)
            for record in found
            if (record.deployment.tenant, record.deployment.resource_group) == (tenant, group)
        )

    def record(self, deployment_id: str) -> Record | None:
        with self._lock:
            record = self._records.get(deployment_id)
        return None if record is None else self._aged(record)

    def find(self, tenant: str, model: str) -> SimDeployment:
        """The first RUNNING deployment of a model, "" for orchestration. Raises `LookupError`."""
        for record in tuple(self._records.values()):
            deployment = self._aged(record).deployment
            if (deployment.tenant, deployment.model, deployment.status) == (tenant, model, "RUNNING"):
                return deployment
        raise LookupError(f"no running deployment of {model!r} in {tenant}")

    def stop(self, deployment_id: str) -> None:
        """Stop a deployment at once."""
        with self._lock:
            record = self._records[deployment_id]
            stopped = replace(record.deployment, status="STOPPED")
            self._records[deployment_id] = Record(stopped, record.entry, target="STOPPED")

    def retarget(self, deployment_id: str, target: str, configuration: Configuration | None = None) -> None:
        """Ask a deployment to run, to stop, or to change its configuration; it does so over time."""
        now = self.clock()
        with self._lock:
            record = self._records[deployment_id]
            deployment = record.deployment
            if configuration is not None:
                model = bound(configuration, "modelName")
                deployment = replace(deployment, configuration=configuration.id, model=model)
            if target == "STOPPED":
                changed = Record(deployment, record.entry, record.started, now, target)
            else:
                changed = Record(replace(deployment, status="RUNNING"), record.entry, now, None, target)
            self._records[deployment_id] = changed

    def remove(self, deployment_id: str) -> None:
        with self._lock:
            self._records.pop(deployment_id, None)

    def _aged(self, record: Record) -> Record:
        return replace(record, deployment=replace(record.deployment, status=self._status(record)))

    def _status(self, record: Record) -> str:
        now, needed = self.clock(), self.switches.seconds_to_start
        if record.stopped is not None:
            return "STOPPING" if now - record.stopped < needed else "STOPPED"
        if record.started is not None and (age := now - record.started) < needed:
            return "UNKNOWN" if age < needed / 2 else "PENDING"
        return record.deployment.status

    def over_rate_limit(self, deployment: SimDeployment) -> bool:
        """Count a request against the model's minute."""
        limit = self.switches.rate_limit
        if limit is None:
            return False
        minute = int(self.clock() // 60)
        with self._lock:
            key = (deployment.tenant, deployment.model)
            window, count = self._windows.get(key, (minute, 0))
            count = count + 1 if window == minute else 1
            self._windows[key] = (minute, count)
        return count > limit

    def service_key(self, tenant: str, url: str) -> dict[str, Any]:
        """The sub-account's service key; `url` is the simulator's base address."""
        found = self.tenant(tenant)
        return {
            "clientid": found.client_id,
            "clientsecret": found.client_secret,
            "url": url,
            "identityzone": tenant,
            "identityzoneid": new_uuid(tenant, "zone", 0),
            "appname": f"{new_uuid(tenant, 'app', 0)}!b1|aicore!b540",
            "credential-type": "binding-secret",
            "serviceurls": {"AI_API_URL": url},
        }


def bound(configuration: Configuration, key: str) -> str:
    return next((pair["value"] for pair in configuration.bindings if pair.get("key") == key), "")


def new_id(*parts: object) -> str:
    """A deployment id: `d` and 15 hex digits, the same on every start."""
    return "d" + digest(*parts)[:15]


def new_uuid(*parts: object) -> str:
    text = digest(*parts)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def digest(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def executable_of(model: str) -> str:
    return model_facts(model).executable or ("aicore-opensource" if model else "orchestration")


def demo_tenant(name: str) -> Tenant:
    client_id = f"sb-{new_uuid(name, 'client', 0)}!b{len(name)}|aicore!b540"
    groups = ("default", "team-a") if name == "demo-eu" else ("default",)
    return Tenant(name, client_id, f"{new_uuid(name, 'secret', 0)}$not+a/real=secret=", groups)


def demo_world(clock: Callable[[], float] = time.time) -> World:
    """Two sub-accounts whose models overlap, with the awkward list entries of the real service.

    `demo-eu` has a second resource group, `team-a`, with a `gpt-4o` of its own.
    """
    world = World([demo_tenant(name) for name in DEMO], clock)
    for name, models in DEMO.items():
        for model in models:
            world.deploy(name, model)
        world.deploy(name, "")
        for entry in AWKWARD:
            scenario, executable = entry.scenario, executable_of(entry.model)
            world.deploy(
                name, entry.model, executable=executable, scenario=scenario, status=entry.status, entry=entry
            )
    world.deploy("demo-eu", "gpt-4o", group="team-a")
    return world
