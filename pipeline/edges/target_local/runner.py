"""The service processes of a local target: what they are given, how they start, whether well."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pipeline.core.config import TargetConfig
from pipeline.edges import process_identity, service, service_environment
from pipeline.edges.http import LoopbackClient, NoAnswerError
from pipeline.edges.target_local.layout import Installed, Layout, Process
from pipeline.errors import HeldError

_OK = 200


class Runner:
    """Starts installed versions of one target."""

    def __init__(self, layout: Layout, config: TargetConfig) -> None:
        """Take the target; `HeldError` if its configuration names no service or no health check."""
        if config.service is None or config.health is None:
            raise HeldError(
                f"{config.target} has no service to run",
                where=f"config/targets/{config.target}.yaml: service, health",
                todo="say there how the service is started and when it is well",
            )
        self._layout = layout
        self._config = config
        self._service = config.service
        self.health = config.health

    @property
    def secret(self) -> Path:
        """The file with the operator's secret."""
        return self._layout.folder / "operator-secret"

    def variables(self) -> dict[str, str]:
        """Return what a service is given; `HeldError` when the environment contract is not kept."""
        service_environment.ensure_secret(self.secret)
        given = service_environment.provided(self._layout.folder / "posture.json", self.secret)
        return service_environment.keep_contract(
            self._config.environment, given, target=self._config.target
        )

    def launch(self, installed: Installed) -> Process:
        """Start a version; `StepFailedError` if it does not become healthy, and nothing is left."""
        folder = self._layout.version(installed.artifact)
        running = service.start(
            service.Launch(
                service=self._service,
                health=self.health,
                python=folder / "env" / "bin" / "python",
                variables=self.variables(),
                folder=self._layout.folder / "logs",
                log=self._layout.folder / "logs" / f"{folder.name}.log",
                marker=service.new_marker(self._layout.marker),
                detached=True,
            )
        )
        return Process(**running.process.to_dict(), marker=running.marker, url=running.url)

    def runs(self, process: Process) -> bool:
        """Tell whether this very process is alive and listens where it was noted to."""
        port = urlsplit(process.url).port or 0
        ours = process_identity.alive(process.id)
        return ours and process_identity.listens(process.marker, port)

    def healthy(self, url: str) -> bool:
        """Ask a running service for its health, once."""
        try:
            with LoopbackClient(url, timeout=2.0) as client:
                return client.request("GET", self.health.path).status == _OK
        except NoAnswerError:
            return False
