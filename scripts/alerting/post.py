"""One message to one webhook, and what is known of it afterwards.

A message may have arrived as soon as its body was asked for and no answer says otherwise: then it
is `unknown`, and never sent again. Only what has surely not arrived is tried once more. That is why
the tries are counted here and not by urllib3's Retry, whose reckoning of waits is used: it does not
know whether a body has left, and reads all that a failing server sends before the next try.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from requests.auth import AuthBase
from requests.utils import get_auth_from_url
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from alerting.settings import Webhook

# The server says that it has not taken the message. 502 and 504 are a gateway's, which does not
# know what became of it; neither do we.
NOT_TAKEN = (408, 425, 429, 500, 503)
# The message is at fault and not the address: others may go through.
OF_THE_MESSAGE = (400, 413, 422)
# Longer waits are left to the next run.
LONGEST_WAIT = 30.0
# No step of a try is over its time-out, and all of them together are not over this many.
STEPS = 3


@dataclass(frozen=True)
class Result:
    """What came of a message: sent, refused, unknown, or waiting for the next run."""

    status: str
    reason: str = ""
    tries: int = 1
    others_may_go: bool = True  # whether the next message to this webhook is worth a try


@dataclass(frozen=True)
class Patience:
    timeout: float = 10.0
    tries: int = 3
    backoff: float = 1.0
    sleep: Callable[[float], object] = time.sleep


@dataclass
class Answer:
    code: int | None = None
    reason: str = ""
    retry_after: str = ""


class WithdrawnError(Exception):
    """The body of a try that was given up: it leaves no more."""


class Body(io.BytesIO):
    """Notes whether it was read, which is not before there is a connection that holds."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message)
        self._one_at_a_time = threading.Lock()
        self._was_read = self._is_withdrawn = False

    def read(self, size: int | None = -1, /) -> bytes:
        with self._one_at_a_time:
            if self._is_withdrawn:
                raise WithdrawnError
            self._was_read = True
        return super().read(size)

    def withdraw(self) -> bool:
        """Whether it may have left. If not, it does not either when a slow try goes on."""
        with self._one_at_a_time:
            self._is_withdrawn = True
            return self._was_read


class OfUrl(AuthBase):
    """Name and password as the URL has them, and never those of a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        name, password = get_auth_from_url(request.url or "")
        if name or password:
            requests.auth.HTTPBasicAuth(name, password)(request)
        return request


class Session(requests.Session):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.auth = OfUrl()
        # A proxy, or certificates of the company's own. Not on the way to this machine itself.
        self.trust_env = url.startswith("https:")

    def get_redirect_target(self, resp: requests.Response) -> None:
        """An answer that leads elsewhere is an answer: nothing is posted there, nor read."""


def post(webhook: Webhook, message: bytes, key: str, patience: Patience) -> Result:
    waits = Retry(total=0, backoff_factor=patience.backoff, backoff_max=LONGEST_WAIT)
    tried = 0
    while True:
        tried += 1
        answer, body = Answer(), Body(message)

        def once(answer: Answer = answer, body: Body = body) -> None:
            ask(webhook, body, key, patience.timeout, answer)

        ended = within(patience.timeout * STEPS, once)
        if not ended and answer.code is None:
            answer = Answer(reason="it did not answer in time")
        result = judged(answer, body.withdraw(), tried)
        if result.status != "waiting" or tried >= patience.tries or not ended:
            return result
        wait = wait_for(answer, tried, waits)
        if wait > LONGEST_WAIT:
            return result
        patience.sleep(wait)


def ask(webhook: Webhook, body: Body, key: str, timeout: float, answer: Answer) -> None:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "llm-costs-alerts",
        "Accept-Encoding": "identity",
        # One connection a message: one that was kept may have been closed in the meantime.
        "Connection": "close",
        "Idempotency-Key": key,
    }
    try:
        with (
            Session(webhook.url) as session,
            session.post(
                webhook.url,
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                stream=True,  # what it says beside its code is nobody's business, nor read
            ) as response,
        ):
            answer.retry_after = response.headers.get("Retry-After", "")
            answer.code = response.status_code
    # Whatever a hostile answer makes of the client: its text may hold the URL, its kind may not.
    except Exception as error:
        if answer.code is None:
            answer.reason = in_words(error)


def in_words(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate or its encryption does not hold"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy cannot be reached, or does not lead there"
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ReadTimeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "there is no connection, or it broke off"
    return f"its answer cannot be read ({type(error).__name__})"


def within(seconds: float, act: Callable[[], Any]) -> bool:
    """Whether it ended in time: a server may send a byte before each time-out for ever."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def judged(answer: Answer, may_have_left: bool, tries: int) -> Result:
    code = answer.code
    if code is None:
        status = "unknown" if may_have_left else "waiting"
        return Result(status, answer.reason, tries, others_may_go=False)
    said = f"HTTP {code}"
    if 200 <= code < 300:
        return Result("sent", said, tries)
    if code in NOT_TAKEN:
        return Result("waiting", said, tries, others_may_go=False)
    if 300 <= code < 400:
        return Result("refused", f"{said}, a redirect, not followed", tries, others_may_go=False)
    if 400 <= code < 500:
        return Result("refused", said, tries, others_may_go=code in OF_THE_MESSAGE)
    return Result("unknown", said, tries, others_may_go=False)


def wait_for(answer: Answer, tried: int, waits: Retry) -> float:
    """As long as the server asks for, else longer from try to try."""
    if answer.retry_after:
        try:
            return waits.parse_retry_after(answer.retry_after)
        # A moment that no calendar has is an OverflowError.
        except (InvalidHeader, ValueError, OverflowError):
            pass
    return float(min(LONGEST_WAIT, waits.backoff_factor * 2 ** (tried - 1)))
