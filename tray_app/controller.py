"""Starts, stops and watches the proxy. One worker thread does everything; each change publishes a `Snapshot`.

It knows the engine by its interface only, and nothing of menus, pages or files.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from proxy_core.engine import Engine
from proxy_core.errors import Cancelled, ConfigurationError
from proxy_core.server.listening import PortInUseError
from tray_app.command_queue import Command, CommandQueue
from tray_app.engine_source import EngineSource, Outline
from tray_app.observation import describe_bug, find_free_port, observe_engine, real_models
from tray_app.snapshot import Problem, ProblemKind, RefreshResult, Snapshot, State

__all__ = ["TRANSITIONS", "Listener", "ProxyController"]

Listener = Callable[[Snapshot], None]

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.STOPPED: frozenset({State.STARTING, State.FAILED}),
    State.STARTING: frozenset({State.RUNNING, State.STOPPING, State.FAILED}),
    State.RUNNING: frozenset({State.STOPPING, State.FAILED}),
    State.STOPPING: frozenset({State.STOPPED, State.FAILED}),
    State.FAILED: frozenset({State.STARTING, State.STOPPING, State.FAILED}),
}

_CLOSE_SECONDS = 6.0
_JOIN_SECONDS = 2.0


class ProxyController:
    """Commands return at once; the `Future` gives the snapshot after the command.

    Listeners are called on the worker thread and must be quick; one that raises is logged. `watch_seconds` lie
    between two looks at the running server.
    """

    def __init__(
        self,
        source: EngineSource,
        log: logging.Logger,
        *,
        version: str = "",
        demo: bool = False,
        watch_seconds: float = 1.0,
    ) -> None:
        self._source = source
        self._log = log
        self._watch_seconds = watch_seconds
        self._outline = Outline(base_url="")
        self._snapshot = Snapshot(State.STOPPED, base_url="", demo=demo, version=version)
        self._listeners: list[Listener] = []
        self._commands = CommandQueue()
        self._engine: Engine | None = None
        self._starting: Engine | None = None
        self._refresher: threading.Thread | None = None
        self._waiting: list[Future[Snapshot]] = []
        self._unwanted = False
        self._lock = threading.Lock()
        self._worker = threading.Thread(target=self._work, name="tray-controller", daemon=True)
        self._worker.start()

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def engine(self) -> Engine | None:
        """The engine while it runs; to be read only."""
        return self._engine

    def add_listener(self, listener: Listener) -> None:
        """Call `listener` with each snapshot from now on."""
        self._listeners.append(listener)

    # --- commands, from any thread

    def start(self) -> Future[Snapshot]:
        """Start unless it runs. A failure shows in the snapshot."""
        return self._submit(self._start)

    def stop(self) -> Future[Snapshot]:
        """Stop; a start that is under way is given up."""
        self._interrupt()
        return self._submit(self._stop)

    def restart(self) -> Future[Snapshot]:
        return self._submit(self._restart)

    def refresh(self) -> Future[Snapshot]:
        """Ask SAP for the deployments; the snapshot has the result. Other commands need not wait for it."""
        done: Future[Snapshot] = Future()
        return done if self._commands.put(Command(lambda: self._begin_refresh(done))) else self._finished(done)

    def reload(self) -> Future[Snapshot]:
        """The settings have changed: take them over. What runs is started anew, and what failed is tried again."""
        return self._submit(self._reload)

    def update(self) -> Future[Snapshot]:
        """Settings have changed that no running server needs to know: only tell the listeners."""
        return self._submit(self._read_outline)

    def close(self) -> None:
        """Stop everything and end the worker. Returns when it is done, or when the worker waits for the user to
        open a keyring, which nothing can interrupt; later commands do nothing."""
        self._interrupt()
        self._submit(self._stop, last=True)
        serves = self._engine is not None or self._starting is not None
        self._worker.join(_CLOSE_SECONDS if serves else _JOIN_SECONDS)

    def _submit(self, action: Callable[[], None], *, last: bool = False) -> Future[Snapshot]:
        done: Future[Snapshot] = Future()
        return done if self._commands.put(Command(action, done, last)) else self._finished(done)

    def _finished(self, done: Future[Snapshot]) -> Future[Snapshot]:
        done.set_result(self._snapshot)
        return done

    def _interrupt(self) -> None:
        with self._lock:
            starting = self._starting
            self._unwanted = starting is not None
        if starting is not None:
            starting.interrupt()

    # --- the worker thread

    def _work(self) -> None:
        while True:
            command = self._commands.next(self._watch_seconds)
            if command is None:
                self._guarded(self._watch)
                continue
            self._guarded(command.action)
            if command.done is not None:
                self._finished(command.done)
            if command.last:
                return

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except ConfigurationError as error:
            self._fail(Problem(ProblemKind.CONFIGURATION, str(error)))
        except Exception as error:  # the thread's top level
            self._log.exception("The controller failed")
            self._fail(Problem(ProblemKind.BUG, describe_bug(error)))

    def _start(self) -> None:
        if self._snapshot.state in (State.RUNNING, State.STARTING):
            return
        self._enter(State.STARTING, problem=None, last_refresh=None)
        self._read_outline()
        if self._outline.problem is not None:
            self._fail(self._outline.problem)
            return
        try:
            self._start_engine()
        except Cancelled:
            self._enter(State.STOPPING)
            self._enter(State.STOPPED)
        except PortInUseError as error:
            self._fail(self._port_problem(error))

    def _start_engine(self) -> None:
        engine = self._source.build_engine()
        with self._lock:
            self._starting = engine
            self._unwanted = False
        try:
            engine.start()
        except ConfigurationError:
            if self._unwanted:
                raise Cancelled from None
            raise
        finally:
            with self._lock:
                self._starting = None
        if self._unwanted:
            engine.stop()
            raise Cancelled
        self._engine = engine
        self._enter(State.RUNNING, base_url=engine.base_url, **observe_engine(engine))
        self._log.info("The proxy listens on %s", engine.base_url)

    def _stop(self) -> None:
        if self._snapshot.state is State.STOPPED:
            return
        self._enter(State.STOPPING)
        self._end_engine()
        self._enter(State.STOPPED, problem=None, **self._at_rest())

    def _restart(self) -> None:
        self._stop()
        self._start()

    def _reload(self) -> None:
        if self._snapshot.state is State.STOPPED:
            self._read_outline()
        else:
            self._restart()

    def _begin_refresh(self, done: Future[Snapshot]) -> None:
        engine = self._engine
        if engine is None:
            self._finished(done)
            return
        self._waiting.append(done)
        if self._refresher is None:
            self._publish(replace(self._snapshot, refreshing=True))
            self._refresher = threading.Thread(
                target=self._refresh, args=(engine,), name="tray-refresh", daemon=True
            )
            self._refresher.start()

    def _refresh(self, engine: Engine) -> None:
        """On its own thread: SAP may be silent for long, and a stop must not wait for it."""
        before = real_models(engine)
        try:
            engine.refresh()
        except Exception:  # a thread's top level
            self._log.exception("The deployments could not be refreshed")
        after = real_models(engine)
        result = RefreshResult(models=len(after), new=len(after - before), gone=len(before - after))
        self._commands.put(Command(lambda: self._end_refresh(engine, result)))

    def _end_refresh(self, engine: Engine, result: RefreshResult) -> None:
        if engine is self._engine:
            self._refresher = None
            seen = observe_engine(engine)
            self._publish(replace(self._snapshot, refreshing=False, last_refresh=result, **seen))
            self._settle_waiting()

    def _settle_waiting(self) -> None:
        for done in self._waiting:
            self._finished(done)
        self._waiting.clear()

    def _watch(self) -> None:
        engine = self._engine
        if engine is None:
            return
        if engine.failure is not None:
            self._log.error("The server stopped by itself: %s", type(engine.failure).__name__)
            self._fail(Problem(ProblemKind.SERVER_DIED))
            return
        self._publish(replace(self._snapshot, **observe_engine(engine)))

    def _end_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is None:
            return
        engine.stop()
        if self._refresher is not None:
            self._refresher.join(_JOIN_SECONDS)
            self._refresher = None
        self._settle_waiting()

    def _fail(self, problem: Problem) -> None:
        """The last resort of the worker: it must not raise."""
        try:
            self._end_engine()
        except Exception:  # the thread's top level
            self._log.exception("The proxy could not be stopped")
        if problem.detail:
            self._log.error("The proxy does not run: %s", problem.detail)
        self._enter(State.FAILED, problem=problem, **self._at_rest())

    # --- snapshots

    def _enter(self, state: State, **changes: Any) -> None:
        if state not in TRANSITIONS[self._snapshot.state]:
            raise RuntimeError(f"No way leads from {self._snapshot.state} to {state}.")
        self._publish(replace(self._snapshot, state=state, **changes))

    def _publish(self, snapshot: Snapshot) -> None:
        if snapshot == self._snapshot:
            return
        self._snapshot = snapshot
        for listener in self._listeners:
            try:
                listener(snapshot)
            except Exception:  # a listener is another's code
                self._log.exception("A listener failed")

    def _read_outline(self) -> None:
        self._outline = self._source.outline()
        changes = {} if self._engine else self._planned()
        self._publish(
            replace(
                self._snapshot,
                start_at_login=self._outline.start_at_login,
                notifications=self._outline.notifications,
                **changes,
            )
        )

    def _at_rest(self) -> dict[str, Any]:
        """What a snapshot says while no engine runs."""
        return {
            "models": (),
            "spellings": frozenset(),
            "limited": (),
            "refreshing": False,
            **self._planned(),
        }

    def _planned(self) -> dict[str, Any]:
        return {"base_url": self._outline.base_url, "accounts": self._outline.accounts}

    def _port_problem(self, error: PortInUseError) -> Problem:
        free = find_free_port(self._outline.host, error.port + 1)
        return Problem(ProblemKind.PORT_IN_USE, str(error), port=error.port, holder=error.holder, free_port=free)
