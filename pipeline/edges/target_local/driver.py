"""Deploys to this machine: versions side by side, one service process, one atomic switch.

What `apply` does, in this order, so that it may be killed anywhere and called again:

1. Older tokens are refused from here on; this one, if it is older itself.
2. Alone with the target: leftovers of a killed rollout go (processes with this target's marker that
   are not the live one, folders that are not whole); a switch that has no receipt gets one.
3. An effect whose key has a receipt is not applied again.
4. The environment contract holds, and the target is in the state that the decision saw.
5. The artifact is installed aside, compared with the wheel file by file, and renamed in.
6. Its service is started on a port of its own and becomes healthy, or is stopped and nothing else
   happens: the old version serves all the while.
7. `live.json` is replaced: THE SWITCH. A token that was overtaken meanwhile is refused here.
8. The receipt is written, the old process stopped, versions beyond those kept are removed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.core.config import TargetConfig
from pipeline.core.predicates.deployment import LiveState
from pipeline.core.predicates.fields import Artifact
from pipeline.edges import process_identity, service
from pipeline.edges.driver import Installer, Measured, Observation, Receipt, Rollout
from pipeline.edges.target_local import versions
from pipeline.edges.target_local.layout import Installed, Layout, Live
from pipeline.edges.target_local.measure import changed
from pipeline.edges.target_local.runner import Runner
from pipeline.errors import ConflictError, HeldError, StepFailedError, UntrustedError

_REMEMBERED = 100


class LocalTarget:
    """The driver `local`; source: issue "the eight stages", deploy."""

    def __init__(self, folder: Path, config: TargetConfig) -> None:
        """Take the target's folder, made when it is first needed, and its configuration."""
        self._layout = Layout(folder)
        self._config = config
        self._runner = Runner(self._layout, config)

    def apply(self, rollout: Rollout, install: Installer) -> Receipt:
        """Bring a release live, or leave everything as it was and raise; numbers: see above.

        `ConflictError`: an older token, or another state than expected. `HeldError`: the
        environment contract. `StepFailedError`: installation or health. `UntrustedError`: other
        bytes than were to be deployed.
        """
        layout = self._layout
        with self._alone(rollout.token):  # 1, 2
            done = layout.receipt(rollout.key)  # 3
            if done is not None:
                return done
            live = layout.live()
            if rollout.expected is not None and rollout.expected != live.state:  # 4
                raise _moved_on(self._config.target)
            self._runner.variables()
            installed = versions.install(layout, rollout, install)  # 5
            self._serve(installed, live, key=rollout.key, token=rollout.token)  # 6, 7
            receipt = self._settle()  # 8
            if receipt is None or receipt.key != rollout.key:
                raise _moved_on(self._config.target)
            return receipt

    def observe(self, key: str, token: int) -> Observation:
        """Tell what became of an effect; from now on nothing with an older token can switch.

        `ConflictError` if this token is older itself.
        """
        layout = self._layout
        layout.prepare()
        try:
            layout.fence(token)
            applied = layout.receipt(key) is not None or layout.live().key == key
        except UntrustedError:
            return Observation.UNKNOWN
        return Observation.APPLIED if applied else Observation.ABSENT

    def state(self) -> LiveState:
        """Return what is live; `UntrustedError` if that cannot be read."""
        return self._layout.live().state

    def restore(self, before: LiveState, *, token: int) -> LiveState:
        """Bring back what was live before, measured first; the same state again changes nothing.

        `UntrustedError` when that version is gone or was changed, `StepFailedError` when it does
        not become healthy: what is live stays live then.
        """
        layout = self._layout
        with self._alone(token):
            live = layout.live()
            if live.state == before:
                self._ensure_runs()
            elif before.empty:
                gone = Live(token=token, before=live.state, history=_history(live))
                layout.write_live(gone, token=token)
                self._settle()
            else:
                self._serve(self._whole(before), live, key=None, token=token)
                self._settle()
            return layout.live().state

    def measure(self, wheel: Path | None = None) -> Measured:
        """Measure what is installed and live, again; `UntrustedError` if it was changed."""
        live = self._layout.live()
        if live.state.empty:
            return Measured(state=live.state, environment=None)
        installed = self._whole(live.state, wheel)
        return Measured(state=live.state, environment=installed.environment)

    def url(self) -> str:
        """Return the origin of the live service; `StepFailedError` when it does not run.

        It runs when the process that was noted is alive and holds the port itself.
        """
        process = self._layout.live().process
        if process is None or not self._runner.runs(process):
            raise StepFailedError(
                f"no service runs on {self._config.target}",
                where=str(self._layout.folder / "live.json"),
                todo=f"start it: `invoke target.start --target {self._config.target}`",
            )
        return process.url

    def secret(self) -> Path:
        """Return the file with the operator's secret; it is made when a service first starts."""
        return self._runner.secret

    def start(self) -> dict[str, Any]:
        """Start the live version again, as after a reboot, when what is installed is unchanged.

        `HeldError` when nothing was ever deployed.
        """
        with self._alone(self._layout.newest_token()):
            if self._layout.live().state.empty:
                raise HeldError(
                    f"nothing is live on {self._config.target}",
                    where=str(self._layout.folder),
                    todo="deploy a release first: `invoke promote`",
                )
            self._ensure_runs()
        return self.show()

    def stop(self) -> dict[str, Any]:
        """Stop the live version's service; what is live stays live, it only does not run."""
        with self._alone(self._layout.newest_token()):
            live = self._layout.live()
            if live.process is not None:
                service.stop(live.process.marker, live.process.id)
                stopped = live.model_copy(update={"process": None})
                self._layout.write_live(stopped, token=self._layout.newest_token())
        return self.show()

    def show(self) -> dict[str, Any]:
        """Tell what is live, whether it runs and is healthy, and what could be rolled back to."""
        live = self._layout.live()
        running = live.process is not None and self._runner.runs(live.process)
        url = live.process.url if live.process is not None and running else None
        kept = [digest for digest in live.history if self._layout.version(digest).is_dir()]
        return {
            "target": self._config.target,
            "driver": self._config.driver.value,
            "live": live.state.to_dict(),
            "artifact": live.name,
            "running": running,
            "healthy": url is not None and self._runner.healthy(url),
            "url": url,
            "pid": live.process.pid if live.process is not None and running else None,
            "rollback_targets": kept,
        }

    @contextlib.contextmanager
    def _alone(self, token: int) -> Iterator[None]:
        """Hold the target, with this token as the newest, and clean of leftovers (1, 2)."""
        process_identity.need_linux()
        self._layout.prepare()
        self._layout.fence(token)
        with self._layout.lock():
            self._layout.fence(token)
            versions.tidy(self._layout)
            self._settle()
            yield

    def _settle(self) -> Receipt | None:
        """Finish what the switch began: receipt, other processes, other versions (2, 8)."""
        layout, live = self._layout, self._layout.live()
        receipt = None
        if live.key is not None and live.name is not None and live.state.artifact is not None:
            receipt = layout.receipt(live.key)
            if receipt is None:
                receipt = Receipt(
                    key=live.key,
                    token=live.token,
                    artifact=Artifact(name=live.name, digest=live.state.artifact),
                    version=live.state.version or "",
                    before=live.before,
                    after=live.state,
                    health=f"{self._runner.health.path} answered 200",
                )
                layout.write_receipt(receipt)
        keep = live.process.marker if live.process is not None else None
        process_identity.stop_marked(layout.marker, keep=keep, grace=service.GRACE)
        mine = [live.state.artifact] if live.state.artifact is not None else []
        versions.retain(layout, [*mine, *live.history[: self._config.rollback.keep]])
        return receipt

    def _serve(self, installed: Installed, live: Live, *, key: str | None, token: int) -> None:
        """Start a version beside the live one and switch to it (6, 7)."""
        running = self._runner.launch(installed)
        now = Live(
            state=LiveState(
                empty=False,
                artifact=installed.artifact,
                version=installed.version,
                installed=installed.installed,
            ),
            name=installed.name,
            environment=installed.environment,
            process=running,
            key=key,
            token=token,
            before=live.state,
            history=_history(live, without=installed.artifact),
        )
        try:
            self._layout.write_live(now, token=token)
        except BaseException:
            service.stop(running.marker, running.id)
            raise

    def _ensure_runs(self) -> None:
        """Start the live version's service unless it runs and is healthy."""
        layout, live = self._layout, self._layout.live()
        if live.state.empty:
            return
        process = live.process
        if process and self._runner.runs(process) and self._runner.healthy(process.url):
            return
        installed = self._whole(live.state)
        if process is not None:
            service.stop(process.marker, process.id)
        again = live.model_copy(update={"process": self._runner.launch(installed)})
        layout.write_live(again, token=layout.newest_token())

    def _whole(self, state: LiveState, wheel: Path | None = None) -> Installed:
        """Return a version that is installed and unchanged; `UntrustedError` else.

        What is returned was measured: it is what was noted, or an error.
        """
        folder = self._layout.version(state.artifact or "")
        installed = self._layout.installed(folder)
        if installed is None or installed.artifact != state.artifact:
            raise changed(["the version is not there"], str(folder))
        problems = versions.faults(folder, installed, wheel)
        if installed.installed != state.installed:
            problems.append("it is not the installation that was noted")
        live = self._layout.live()
        if live.state == state and live.environment != installed.environment:
            problems.append("its environment is not the one that went live")
        if problems:
            raise changed(problems, str(folder))
        return installed


def _history(live: Live, *, without: str | None = None) -> tuple[str, ...]:
    """Return the artifacts that were live before, newest first, each once."""
    before = [live.state.artifact] if live.state.artifact is not None else []
    found = dict.fromkeys([*before, *live.history])
    return tuple(digest for digest in found if digest != without)[:_REMEMBERED]


def _moved_on(target: str) -> ConflictError:
    return ConflictError(
        f"{target} is not in the state that the decision saw",
        where=f"the live state of {target}",
        todo="see `invoke target.show`, then run `invoke promote` again: it decides anew",
    )
