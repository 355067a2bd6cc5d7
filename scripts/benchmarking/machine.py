"""What a reader needs to know of the machine to judge the numbers, and no names."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path


def machine() -> str:
    """Processor, cores, system, Python, numpy and scipy."""
    described = f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}{vectors()}"
    python = f"Python {'.'.join(map(str, sys.version_info[:3]))}"
    return f"{described}; {python}, numpy {version('numpy')}, scipy {version('scipy')}"


@cache
def cpu_lines() -> list[str]:
    """What Linux tells of its processors; nothing elsewhere."""
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8").splitlines() if path.exists() else []


def processor() -> str:
    """The model of the processor."""
    names = [text.partition(":")[2].strip() for text in cpu_lines() if text.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def vectors() -> str:
    """The widest vector instructions, which decide the speed of ensembles."""
    flags = {flag for text in cpu_lines() if text.startswith("flags") for flag in text.split()}
    found = [words for flag, words in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags]
    return f" with {found[0]}" if found else ""
