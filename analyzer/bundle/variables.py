"""Variables of an environment: which values may be read by others, and what the others are."""

from __future__ import annotations

import re
from collections.abc import Mapping

_KINDS: Mapping[str, str] = {
    "USER": "user",
    "LOGNAME": "user",
    "USERNAME": "user",
    "SUDO_USER": "user",
    "NXF_USR": "user",
    "NXF_OWNER": "user",
    "GITHUB_ACTOR": "user",
    "HOSTNAME": "host",
    "HOST": "host",
    "NXF_ORG": "organisation",
    "NXF_RUN_NAME": "run",
    "NXF_SESSION_ID": "uuid",
    "TOWER_RUN_NAME": "run",
    "TOWER_WORKFLOW_ID": "run",
    "TOWER_WORKSPACE_ID": "workspace",
    "TOWER_USER": "user",
    "TOWER_USER_NAME": "user",
    "NXF_UUID": "uuid",
    "AWS_PROFILE": "profile",
}
"""A variable's name -> what its value is."""
NAMES_OF_IDENTITIES = tuple(_KINDS)
_SHOWN = re.compile(
    r"(?:NXF_)?FUSION_[A-Z0-9_]{1,60}|NXF_(?:VER|DEBUG|OPTS|JVM_ARGS|ANSI_LOG|OFFLINE|HOME|TEMP|SCRATCH|WORK|CHDIR|"
    r"ENABLE_[A-Z0-9_]{1,40}|SYNTAX_PARSER|EXECUTOR|PLUGINS_DEFAULT|CONTAINER_[A-Z0-9_]{1,40}|WAVE_[A-Z0-9_]{1,40})|"
    r"AWS_(?:RETRY_MODE|MAX_ATTEMPTS|REGION|DEFAULT_REGION|EXECUTION_ENV|METADATA_SERVICE_[A-Z_]{1,40}|"
    r"EC2_METADATA_DISABLED|S3_[A-Z_]{1,40}|STS_REGIONAL_ENDPOINTS|BATCH_[A-Z_]{1,40})|ECS_[A-Z_]{1,60}|"
    r"UV_USE_IO_URING|UV_THREADPOOL_SIZE|HDF5_[A-Z_]{1,40}|"
    r"(?:OMP|MKL|OPENBLAS|NUMEXPR|NUMBA|BLIS|VECLIB|RAYON|TF|CUDA|NVIDIA|NCCL|MALLOC|KMP|GOMP)_[A-Z0-9_]{1,60}|"
    r"GOMAXPROCS|GOMEMLIMIT|GODEBUG|GLIBC_TUNABLES|LD_(?:LIBRARY_PATH|PRELOAD)|PATH|HOME|PWD|OLDPWD|SHELL|SHLVL|TERM|"
    r"TMPDIR|TMP|TEMP|LANG|LANGUAGE|LC_[A-Z]{1,20}|TZ|_?JAVA_[A-Z_]{1,40}|JDK_JAVA_OPTIONS|MAVEN_OPTS|PYTHON[A-Z]{1,40}|"
    r"R_[A-Z_]{1,40}|PERL5LIB|CONDA_[A-Z_]{1,40}|MAMBA_[A-Z_]{1,40}|DEBIAN_FRONTEND|CRIU_[A-Z_]{1,40}|"
    r"DOTNET_[A-Za-z_]{1,60}|NODE_(?:OPTIONS|ENV)"
)
"""Variables that tell support how things run; what their values hold of names is found by its form."""


def environment_kind(name: str) -> str | None:
    """What a variable's value is, where that is an identity as a whole."""
    return _KINDS.get(name)


def is_shown(name: str) -> bool:
    """Whether the variable's value may be read; that of any other may tell whose it is."""
    return _SHOWN.fullmatch(name) is not None
