"""One deployment of a model in a sub-account."""

from dataclasses import dataclass

__all__ = ["Deployment"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """`url` ends with the deployment id and has no trailing slash. `model` is empty for orchestration.
    `created_at` is Unix time in seconds, 0 when unknown."""

    id: str
    url: str
    sub_account: str
    status: str
    model: str
    model_version: str
    executable_id: str
    scenario_id: str
    configuration_name: str
    created_at: int
