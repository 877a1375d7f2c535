"""The client on the standard library: connections that are kept, for any number of threads."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from guardc.runtime.client.errors import unreachable
from guardc.runtime.client.outcomes import ServedOutcome, fields_of, outcome_of, refused, released
from guardc.runtime.client.wire import address_of, batch, first_line, headers_of, line, path_of, question

__all__ = ["Client", "ServedGuard", "ServedStream"]

KEPT = 16
"""Connections that wait for the next request."""
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}


class Client:
    """A server's guards, used like those of a plan. Threads may share it; `close`, or the end of a `with` block, closes
    its connections.

        plan = guardc.Client("http://127.0.0.1:8000", key=os.environ["GUARDC_KEY"])
        outcome = plan.guard("reply").validate(text)

    Args:
        url: where the server is. With a path, if a front puts one before the server's routes.
        key: that `guardc key` made; None: the server asks for none.
        timeout: seconds that a request may take, or the next event of a stream.
    """

    def __init__(self, url: str, *, key: str | None = None, timeout: float = 60.0) -> None:
        self._address = address_of(url)
        self._headers = headers_of(key)
        self._timeout = timeout
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._context = ssl.create_default_context() if self._address.secure else None

    @property
    def guards(self) -> tuple[str, ...]:
        """The names of the guards that the key is for, in written order.

        Raises:
            ServerError: there was no answer, or a refusal.
        """
        return tuple(guard["name"] for guard in self._ask("GET", "/v1/guards")["guards"])

    def guard(self, name: str) -> ServedGuard:
        """The guard of that name. The server is not asked yet: whether it has one shows at the first text."""
        return ServedGuard(self, name)

    def close(self) -> None:
        """Close the connections. The next request opens another one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self._address.host}>"

    def _ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            reused = connection is not None
            connection = connection or self._connection()
            try:
                connection.request(method, self._address.prefix + path, body, {**self._headers, **JSON})
                response = connection.getresponse()
                data = response.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                # The server may have closed a connection that was kept. A verdict changes nothing: it is asked again.
                if reused and isinstance(error, ConnectionError):
                    continue
                raise unreachable(self._address.host, error) from error
            except BaseException:
                connection.close()
                raise
            self._keep(connection)
            return fields_of(response.status, data, dict(response.headers))

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._address.host, self._address.port
        if self._context is not None:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        if connection.sock is None:  # the server wants it closed
            return
        with self._lock:
            if len(self._idle) < KEPT:
                self._idle.append(connection)
                return
        connection.close()


class ServedGuard:
    """A guard of a server: the same `validate`, `validate_many` and `stream` as a `Guard`. Made by `Client.guard`.

    Attributes:
        name: the guard's name in the policy.
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name

    def validate(
        self, text: Any, metadata: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> ServedOutcome:
        """Judge one text, the texts in a list of chat messages, or one structured value, as `Guard.validate` does.

        Args:
            text, metadata, timeout: as those of `Guard.validate`; values must be ones that JSON has.

        Returns:
            The outcome.

        Raises:
            ServerError: there is no verdict.
            UnknownGuardError: the server has no such guard.
            TypeError, ValueError: something cannot be written as JSON.
            MetadataError: `metadata` is neither None nor a mapping.
        """
        fields = self._client._ask("POST", path_of(self.name, "validate"), question(text, metadata, timeout))
        return outcome_of(fields, fields["policy_hash"])

    def validate_many(
        self,
        texts: Iterable[Any],
        metadata: Mapping[str, Any] | Iterable[Mapping[str, Any] | None] | None = None,
        *,
        timeout: float | None = None,
    ) -> list[ServedOutcome]:
        """Judge several texts in one request; the same as `validate` on each. A server takes a thousand, unless it was
        told otherwise.

        Raises:
            ServerError, UnknownGuardError, TypeError, ValueError, MetadataError: as `validate`.
        """
        fields = self._client._ask("POST", path_of(self.name, "validate"), batch(texts, metadata, timeout))
        return [outcome_of(one, fields["policy_hash"]) for one in fields["outcomes"]]

    def stream(self, metadata: Mapping[str, Any] | None = None) -> ServedStream:
        """Judge a text, or a structured value, while it comes, as `Guard.stream` does.

        Raises:
            ServerError: the server refuses, or the guard is not for streams.
            UnknownGuardError: the server has no such guard.
            MetadataError: `metadata` is neither None nor a mapping.
        """
        return ServedStream(self._client, path_of(self.name, "stream"), first_line(metadata))

    def __repr__(self) -> str:
        return f"<ServedGuard {self.name!r}>"


class ServedStream:
    """A stream of a server: the same `feed`, `close`, `outcome` and `stopped` as a `Stream` or `ValueStream`. Made by
    `ServedGuard.stream`. It has a connection of its own; the end of a `with` block gives it up.

    Attributes:
        outcome: the outcome, once there is one.
        stopped: a rule has ended the stream.
    """

    def __init__(self, client: Client, path: str, first: bytes) -> None:
        self.outcome: ServedOutcome | None = None
        self.stopped = False
        self._client = client
        self._connection = client._connection()
        self._nothing: Any = ""
        try:
            self._connection.putrequest("POST", client._address.prefix + path)
            for name, value in {**client._headers, **LINES}.items():
                self._connection.putheader(name, value)
            self._connection.endheaders()
            self._response = self._connection.getresponse()
            if self._response.status != 200:
                fields_of(self._response.status, self._response.read(), dict(self._response.headers))
            self._send(first)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise unreachable(client._address.host, error) from error
        except BaseException:
            self._connection.close()
            raise

    def feed(self, piece: str) -> Any:
        """What may leave now that this piece has come: a text, or of a guard `as json` a list of `Field`s.

        Raises:
            ServerError: the stream broke off; what has left is all that may be shown.
            TypeError: the piece is no `str`.
            ValueError: the stream is closed.
        """
        data = line(piece)
        if self.stopped:
            return self._nothing
        if self.outcome is not None:
            raise ValueError("the stream is closed")
        return self._step(data)

    def close(self) -> Any:
        """The rest. Again, or after a rule ended the stream: nothing.

        Raises:
            ServerError: the stream broke off; there is no outcome.
        """
        return self._nothing if self.outcome is not None else self._step(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def _step(self, data: bytes | None) -> Any:
        try:
            if data is None:
                self._sock().sendall(b"0\r\n\r\n")
            else:
                self._send(data)
            name, fields = self._event()
            if name != "release":
                raise refused(self._response.status, fields, {})
            given = released(fields)
            self._nothing = given[:0]
            stopped = fields["stopped"]
            if stopped or data is None:
                name, fields = self._event()
                if name != "outcome":
                    raise refused(self._response.status, fields, {})
                self.outcome = outcome_of(fields, fields["policy_hash"])
                self.stopped = stopped
                self._connection.close()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise unreachable(self._client._address.host, error) from error
        except BaseException:
            self._connection.close()
            raise
        return given

    def _send(self, data: bytes) -> None:
        if data:
            self._sock().sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def _sock(self) -> Any:
        if self._connection.sock is None:
            raise ConnectionResetError
        return self._connection.sock

    def _event(self) -> tuple[str, Any]:
        name = ""
        while text := self._response.readline():
            if text.startswith(b"event: "):
                name = text[7:].decode("ascii").strip()
            elif text.startswith(b"data: "):
                return name, json.loads(text[6:])
        raise ConnectionResetError
