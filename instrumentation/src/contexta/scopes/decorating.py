"""A scope as a decorator: a new one each call, for every kind of function Python has."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol, Self


class Enterable(
    AbstractContextManager[object, None], AbstractAsyncContextManager[object, None], Protocol
):
    """What a decorator needs of a scope."""

    def start(self) -> Self: ...
    def suspend(self) -> None: ...
    def resume(self) -> None: ...
    def end(self, status: str | None = None, error: BaseException | str | None = None) -> None: ...


Make = Callable[[], Enterable]


def decorate(make: Make, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` inside a new scope each time it is called (a generator: while it runs)."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(make, function)
    if inspect.isgeneratorfunction(function):
        return _generator(make, function)
    if inspect.iscoroutinefunction(function):
        return _coroutine(make, function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with make():
            return function(*args, **kwargs)

    return call


def _coroutine(make: Make, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        async with make():
            return await function(*args, **kwargs)

    return call


def _generator(make: Make, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator: Generator[Any, Any, Any] = function(*args, **kwargs)
        scope = make().start()
        step: Callable[[], Any] = functools.partial(next, generator)
        try:
            while True:
                try:
                    item = step()
                except StopIteration as stop:
                    scope.end()
                    return stop.value
                scope.suspend()
                try:
                    sent = yield item
                    step = functools.partial(generator.send, sent)
                except GeneratorExit:
                    scope.resume()
                    generator.close()
                    scope.end()
                    raise
                except BaseException as thrown:
                    step = functools.partial(generator.throw, thrown)
                scope.resume()
        except GeneratorExit:
            raise
        except BaseException as error:
            scope.end(error=error)
            raise

    return call


def _async_generator(make: Make, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator: AsyncGenerator[Any, Any] = function(*args, **kwargs)
        scope = make().start()
        step: Callable[[], Any] = functools.partial(anext, generator)
        try:
            while True:
                try:
                    item = await step()
                except StopAsyncIteration:
                    scope.end()
                    return
                scope.suspend()
                try:
                    sent = yield item
                    step = functools.partial(generator.asend, sent)
                except GeneratorExit:
                    scope.resume()
                    await generator.aclose()
                    scope.end()
                    raise
                except BaseException as thrown:
                    step = functools.partial(generator.athrow, thrown)
                scope.resume()
        except GeneratorExit:
            raise
        except BaseException as error:
            scope.end(error=error)
            raise

    return call
