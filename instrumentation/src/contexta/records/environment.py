"""What a run runs on: Python, platform, hardware, packages, and the variables that change results.

Variables are taken by a list of names, never all; values that look secret are masked before they
leave the process.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, cast

from contexta.base import coerce
from contexta.base.coerce import Attributes
from contexta.base.secrets import masked, masked_value, without_secrets_in
from contexta_semconv import attributes as names

_TAKEN: Final = re.compile(
    r"^(CUDA_|NCCL_|OMP_|MKL_|OPENBLAS_|SLURM_(JOB_ID|JOB_NAME|JOB_NUM_NODES|JOB_PARTITION|NTASKS|"
    r"NNODES|PROCID|LOCALID|NODEID|CPUS|GPUS|MEM)|ROCR_|HIP_|XLA_|TF_|TORCH_|PYTORCH_|JAX_|"
    r"TOKENIZERS_|TRANSFORMERS_OFFLINE|HF_(HOME|DATASETS_OFFLINE|HUB_OFFLINE)|PYTHONHASHSEED$|"
    r"CUBLAS_WORKSPACE_CONFIG$|RANK$|LOCAL_RANK$|WORLD_SIZE$|MASTER_PORT$)"
)


def known(
    extra: Mapping[str, Any] | None, variables: tuple[str, ...], at: coerce.Instant | None = None
) -> Attributes:
    """What is found out at once. `extra` replaces it by name; other names are added as they are.

    With `at` the environment is that of another time: then nothing is found out here, and only
    what `extra` says is told.
    """
    attributes: Attributes
    if at is not None:
        attributes = {names.CONTEXTA_ENVIRONMENT_CAPTURED_AT: coerce.iso(at)}
    else:
        attributes = _found()
        attributes[names.CONTEXTA_ENVIRONMENT_VARIABLES] = taken_variables(variables)
    for key, value in (extra or {}).items():
        attributes.update(_replacement(key, value))
    return attributes


def _found() -> Attributes:
    attributes: Attributes = {
        names.CONTEXTA_ENVIRONMENT_PYTHON: platform.python_version(),
        names.CONTEXTA_ENVIRONMENT_PLATFORM: f"{sys.platform}-{platform.machine()}",
        names.CONTEXTA_ENVIRONMENT_HARDWARE: hardware(),
        names.CONTEXTA_ENVIRONMENT_CAPTURED_AT: coerce.iso(coerce.now()),
    }
    cuda = _cuda()
    if cuda:
        attributes[names.CONTEXTA_ENVIRONMENT_CUDA] = cuda
    return attributes


def _replacement(key: str, value: Any) -> Attributes:
    match key:
        case "packages":
            return {names.CONTEXTA_ENVIRONMENT_PACKAGES: _package_list(value)}
        case "variables":
            pairs = coerce.mapping(value).items()
            told = {name: masked(name, coerce.text(text)) for name, text in pairs}
            return {names.CONTEXTA_ENVIRONMENT_VARIABLES: told}
        case "captured_at":
            return {names.CONTEXTA_ENVIRONMENT_CAPTURED_AT: coerce.iso(value)}
        case "python" | "platform" | "cuda" | "hardware":
            return {f"contexta.environment.{key}": coerce.text(str(value))}
        case _:
            return {
                coerce.text(str(key)): without_secrets_in(
                    coerce.attribute(masked_value(str(key), value))
                )
            }


def _package_list(packages: Any) -> list[str]:
    if isinstance(packages, Mapping):
        versions = coerce.mapping(cast("Mapping[object, object]", packages))
        return sorted(f"{name}=={version}" for name, version in versions.items())
    return coerce.texts(packages)


def installed_packages() -> Attributes:
    """`name==version` of every installed distribution, sorted; 100 ms and more, so off the caller."""
    found: dict[str, str] = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(name.lower(), f"{name}=={distribution.version}")
    return {names.CONTEXTA_ENVIRONMENT_PACKAGES: [found[name] for name in sorted(found)]}


def taken_variables(extra: tuple[str, ...]) -> dict[str, str]:
    """The variables that change results, and those asked for; sorted, masked."""
    wanted = set(extra)
    return {
        name: masked(name, coerce.text(value, 1_000))
        for name, value in sorted(os.environ.items())
        if name in wanted or _TAKEN.match(name)
    }


def hardware() -> str:
    """Cores and memory in words, such as `8 cores, 64 GiB`, and the GPUs if torch knows them."""
    parts = [f"{_cores()} cores"]
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        parts.append(f"{round(size / 2**30)} GiB")
    except (AttributeError, OSError, ValueError):
        pass
    return ", ".join(parts + _gpus())


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _gpus() -> list[str]:
    """Only if the job has used CUDA already: asking first would initialise it."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return []
    models = [str(cuda.get_device_name(index)) for index in range(cuda.device_count())]
    return [f"{models.count(model)} x {model}" for model in sorted(set(models))]


def _cuda() -> str | None:
    """The CUDA version the job's framework was built for, else the one the container declares."""
    version = getattr(getattr(sys.modules.get("torch"), "version", None), "cuda", None)
    return str(version) if version else os.environ.get("CUDA_VERSION") or None
